/** The thread that seals batches: it answers each with its records, and ends where it cannot. */

import { parentPort, workerData } from 'node:worker_threads';
import { keyedHashes } from '../../sealing/hashes.ts';
import { sealBatch } from './batch.ts';
import type { FromThread, ThreadData, ToThread } from './record-sealer.ts';

if (parentPort === null) throw new Error('this is the main module of a thread');
const port = parentPort;
const hashes = keyedHashes((workerData as ThreadData).hashSecret);

port.on('message', ({ number, batch }: ToThread) => {
  const sealed = sealBatch(batch, hashes);
  port.postMessage({ number, sealed } satisfies FromThread, [sealed.bytes.buffer as ArrayBuffer]);
});
