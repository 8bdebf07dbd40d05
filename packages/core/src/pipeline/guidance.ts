import { f32Tensor, type HostTensor } from '../tensor.js';

/**
 * True classifier-free guidance with the norm put back: comb = negative + scale (positive - negative), then
 * comb |positive| / |comb|, norms over the channels of each token. A token whose combination vanishes stays zero.
 *
 * @param positive velocity f32 [batch, tokens, channels], and `negative` of the same shape
 */
export function guide(positive: HostTensor<'f32'>, negative: HostTensor<'f32'>, scale: number): HostTensor<'f32'> {
  const channels = positive.shape.at(-1) as number;
  const guided = new Float32Array(positive.data.length);
  for (let start = 0; start < guided.length; start += channels) {
    let wanted = 0;
    let combined = 0;
    for (let index = start; index < start + channels; index++) {
      const [toward, away] = [positive.data[index] as number, negative.data[index] as number];
      const value = away + scale * (toward - away);
      guided[index] = value;
      wanted += toward * toward;
      combined += value * value;
    }
    const rescale = combined === 0 ? 0 : Math.sqrt(wanted / combined);
    for (let index = start; index < start + channels; index++) guided[index] = (guided[index] as number) * rescale;
  }
  return f32Tensor(positive.shape, guided);
}
