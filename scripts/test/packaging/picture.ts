// What somebody who installed Mokus from npm writes first: the embedded model draws a picture, on the CPU.
import { modelFolder } from '@mokus/emoji-world';
import { createContainer, fromPretrained, writePng } from 'mokus';

const pipeline = await fromPretrained(modelFolder, { container: createContainer() });
const { images } = await pipeline.generate({ prompt: 'cat', steps: 16, seed: 0 });
await pipeline.dispose();

const [picture] = images;
if (picture === undefined) throw new Error('no picture');
await writePng(picture, 'picture.png');
console.log(JSON.stringify({ width: picture.width, height: picture.height, colours: new Set(picture.data).size }));
