import {
  add,
  divide,
  Graph,
  multiply,
  multiplyDims,
  type Program,
  reshape,
  slice,
  subtract,
  upsampleNearest2d,
  type Value,
} from '@mokus/graph';
import type { QwenImageVaeConfig } from './config.js';
import { causalConv, head, middleBlock, pictureConv, residualBlock } from './layers.js';

/**
 * The programs of the autoencoder. `encode` reads `pixels` f32 [batch, 3, height, factor, width, factor], which is
 * [batch, 3, H, W] with the factor split off, so that a size is a multiple of it by construction; it gives normalised
 * `latents` [batch, z, height, width], the mode of the posterior. `decode` goes from `latents` to `pixels` [batch, 3, H,
 * W].
 */
export function qwenImageVaePrograms(config: QwenImageVaeConfig): Readonly<Record<'encode' | 'decode', Program>> {
  return { encode: encodeProgram(config), decode: decodeProgram(config) };
}

function encodeProgram(config: QwenImageVaeConfig): Program {
  const { latentChannels, spatialFactor } = config;
  const graph = new Graph();
  const split = graph.input('pixels', 'f32', ['batch', 3, 'height', spatialFactor, 'width', spatialFactor]);
  const [height, width] = [split.dim(2), split.dim(4)];
  const size = [multiplyDims(spatialFactor, height), multiplyDims(spatialFactor, width)];
  const encoded = encoder(graph, config, reshape(split, [split.dim(0), 3, ...size]));
  const posterior = causalConv(graph, 'quant_conv', encoded, 2 * latentChannels, 2 * latentChannels, 1);
  const mode = slice(posterior, 1, 0, latentChannels);
  graph.output(
    'latents',
    divide(subtract(mode, perChannel(graph, config.latentsMean)), perChannel(graph, config.latentsStd)),
  );
  return graph.build();
}

function decodeProgram(config: QwenImageVaeConfig): Program {
  const { latentChannels } = config;
  const graph = new Graph();
  const latents = graph.input('latents', 'f32', ['batch', latentChannels, 'height', 'width']);
  const scaled = add(multiply(latents, perChannel(graph, config.latentsStd)), perChannel(graph, config.latentsMean));
  const start = causalConv(graph, 'post_quant_conv', scaled, latentChannels, latentChannels, 1);
  graph.output('pixels', decoder(graph, config, start));
  return graph.build();
}

function perChannel(graph: Graph, values: readonly number[]): Value {
  return graph.constant('f32', [values.length, 1, 1], values);
}

function encoder(graph: Graph, config: QwenImageVaeConfig, pixels: Value): Value {
  const channels = config.multipliers.map((multiplier) => multiplier * config.baseDim);
  let width = config.baseDim;
  let x = causalConv(graph, 'encoder.conv_in', pixels, 3, width, 3);
  // The checkpoint numbers residual blocks and downsamplers in one list.
  let layer = 0;
  channels.forEach((dOut, level) => {
    for (let block = 0; block < config.residualBlocks; block++) {
      x = residualBlock(graph, `encoder.down_blocks.${layer++}`, x, width, dOut);
      width = dOut;
    }
    if (level === channels.length - 1) return;
    const name = `encoder.down_blocks.${layer++}.resample.1`;
    x = pictureConv(graph, name, x, width, width, { stride: 2, padding: [0, 0, 1, 1] });
  });
  x = middleBlock(graph, 'encoder.mid_block', x, width);
  return head(graph, 'encoder', x, width, 2 * config.latentChannels);
}

function decoder(graph: Graph, config: QwenImageVaeConfig, latents: Value): Value {
  const channels = config.multipliers.map((multiplier) => multiplier * config.baseDim).reverse();
  let width = channels[0] as number;
  let x = causalConv(graph, 'decoder.conv_in', latents, config.latentChannels, width, 3);
  x = middleBlock(graph, 'decoder.mid_block', x, width);
  channels.forEach((dOut, level) => {
    const name = `decoder.up_blocks.${level}`;
    for (let block = 0; block <= config.residualBlocks; block++) {
      x = residualBlock(graph, `${name}.resnets.${block}`, x, width, dOut);
      width = dOut;
    }
    if (level === channels.length - 1) return;
    const halved = Math.floor(width / 2);
    const resample = `${name}.upsamplers.0.resample.1`;
    x = pictureConv(graph, resample, upsampleNearest2d(x, 2), width, halved, { padding: 1 });
    width = halved;
  });
  return head(graph, 'decoder', x, width, 3);
}
