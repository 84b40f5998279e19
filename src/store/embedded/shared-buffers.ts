import { totalmem } from 'node:os';

const MB = 1024 * 1024;
const LEAST_MB = 128;
const MOST_MB = 1024;

/**
 * `shared_buffers` of the embedded server: an eighth of the memory of the machine, or of its container, 128 MB to 1 GB.
 * PostgreSQL's manual advises a quarter where the server has the machine to itself; this one shares it. What it does
 * not use it does not take. Pages of indexes are touched at random: those that are not in it are written and read again
 * by whoever inserts, which cost a twelfth of what is counted once the tables passed 256 MB (bench/RESULTS.md).
 */
export function sharedBuffers(memory: number = memoryAtHand()): string {
  const eighth = Math.floor(memory / 8 / MB);
  return `${Math.min(MOST_MB, Math.max(LEAST_MB, eighth))}MB`;
}

/** Bytes. Without a limit Node says 0, or more than there is. */
function memoryAtHand(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
