/** A process of the transfer benchmark: node worker.ts CONFIGURATION INDEX OF FILE. */
import { runShard } from './shard.js';

const [configuration, index, of, file] = process.argv.slice(2);
if (configuration === undefined || file === undefined) throw new Error('usage: worker.ts CONFIGURATION INDEX OF FILE');
await runShard(configuration, Number(index), Number(of), file);
