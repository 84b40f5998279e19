/** Makes records of events: few of them at once, many in a thread of their own, so that requests need not wait for ciphers. */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { Event } from '../../domain/event.ts';
import type { ContactKey } from '../../sealing/contact-keys.ts';
import { type KeyedHashes, keyedHashes } from '../../sealing/hashes.ts';
import type { NewRecord } from '../log.ts';
import { type Receipt, sealEvent } from '../record/seal-event.ts';
import { type DraftBatch, draftBatch, type SealedBatch, unpack } from './batch.ts';

export interface RecordSealer {
  /** The record of each event, sealed under the key at its place. */
  seal(events: readonly Event[], receipt: Receipt, keys: readonly ContactKey[]): Promise<NewRecord[]>;
}

/** Seals on the caller's thread. */
export function sealHere(hashes: KeyedHashes): RecordSealer {
  return {
    seal: (events, receipt, keys) =>
      Promise.resolve(events.map((event, i) => sealEvent(event, receipt, keys[i] as ContactKey, hashes))),
  };
}

/** Of fewer events the way there and back takes more than their ciphers: some 0.1 ms, and 6 us less for each event. */
const LEAST = 25;
/** Characters that may wait for the thread: with more it is the slower one, and the caller's thread does its share. */
const MOST_WAITING = 2 * 1024 * 1024;
/** What the thread makes is short-lived, and none of it waits. */
const YOUNG_MB = 16;

const THREAD = new URL('./thread.js', import.meta.url);

interface RecordSealerOptions {
  /** What hashes are keyed with. */
  hashSecret: Uint8Array;
  logger: Pick<Logger, 'error'>;
  /** Default: those that the process may use at once. */
  processors?: number;
}

interface Waiting {
  size: number;
  resolve(records: NewRecord[] | Promise<NewRecord[]>): void;
  /** Without the thread. */
  sealHere(): Promise<NewRecord[]>;
}

/**
 * Seals in a thread what is many, where there is more than one processor for it. The thread is started by the first batch
 * that is for it; should it ever fail, its batches are sealed on the caller's thread, and all that follow.
 */
export function createRecordSealer({
  hashSecret,
  logger,
  processors = availableParallelism(),
}: RecordSealerOptions): RecordSealer & { stop(): Promise<void> } {
  const here = sealHere(keyedHashes(hashSecret));
  const waiting = new Map<number, Waiting>();
  let characters = 0;
  let next = 0;
  let thread: Worker | null = null;
  let isUsable = processors > 1;

  function start(): Worker {
    const worker = new Worker(THREAD, {
      workerData: { hashSecret } satisfies ThreadData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    worker.on('message', ({ number, sealed }: FromThread) => take(worker, number).resolve(unpack(sealed)));
    worker.on('error', (error) => {
      logger.error({ err: error }, 'the thread that seals failed: events are sealed without it from now on');
    });
    worker.once('exit', () => {
      isUsable = false;
      for (const number of [...waiting.keys()]) {
        const batch = take(worker, number);
        batch.resolve(batch.sealHere());
      }
    });
    return worker;
  }

  function take(worker: Worker, number: number): Waiting {
    const batch = waiting.get(number);
    if (batch === undefined) throw new Error('a batch was sealed twice');
    waiting.delete(number);
    characters -= batch.size;
    if (waiting.size === 0) worker.unref();
    return batch;
  }

  return {
    seal(events, receipt, keys) {
      const sealWithout = () => here.seal(events, receipt, keys);
      if (!isUsable || events.length < LEAST || characters >= MOST_WAITING) return sealWithout();
      thread ??= start();
      const batch = draftBatch(events, receipt, keys);
      const number = next++;
      thread.ref();
      thread.postMessage({ number, batch } satisfies ToThread);
      const size = batch.texts.length;
      characters += size;
      return new Promise((resolve) => {
        waiting.set(number, { size, resolve, sealHere: sealWithout });
      });
    },
    async stop() {
      await thread?.terminate();
    },
  };
}

/** What the thread is given at its start. */
export interface ThreadData {
  hashSecret: Uint8Array;
}

export interface ToThread {
  number: number;
  batch: DraftBatch;
}

export interface FromThread {
  number: number;
  sealed: SealedBatch;
}
