/** pushFolder in a process of its own: a folder, an id and options as JSON; prints what it made. */
import { nodeFolder, pushFolder } from '../../src/node/index.js';

const [, , folder = '', id = '', options = '{}'] = process.argv;
console.log(JSON.stringify(await pushFolder(id, await nodeFolder(folder), JSON.parse(options))));
