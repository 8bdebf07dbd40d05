/** Serves the test repository of @mokus/checkpoint on the loopback until its input ends; prints where, as JSON. */
import { id, someFiles } from '../../packages/checkpoint/test/support/hub-files.js';
import { commitOf, startHub } from '../../packages/checkpoint/test/support/hub-server.js';

const hub = await startHub();
const files = someFiles();
hub.repositories.set(id, files);
console.log(JSON.stringify({ endpoint: hub.endpoint, id, commit: commitOf(files) }));
process.stdin.resume();
process.stdin.on('end', () => hub[Symbol.asyncDispose]());
