import { spawn } from 'node:child_process';
import type { Batch, Consumer, NewRecord, Progress } from '../../src/log/log.ts';
import { recordDigest } from '../../src/log/record/hash-chain.ts';
import type { ReaderLog } from './log-reader.ts';

/** What a database keeps for a group: progress per partition, moved only from where it stands, and what was handled. */
export interface Durable {
  progress: Map<number, Progress>;
  values: Map<number, string[]>;
  apply(batch: Batch): Progress;
  total(): number;
}

export function createDurable(): Durable {
  const progress = new Map<number, Progress>();
  const values = new Map<number, string[]>();
  return {
    progress,
    values,
    apply(batch) {
      const before = progress.get(batch.partition) ?? { next: 0, last: null };
      if (before.next !== batch.first) return before;
      const list = values.get(batch.partition) ?? [];
      for (const { value } of batch.records) list.push(value.toString());
      values.set(batch.partition, list);
      const last = batch.records.at(-1);
      const after = {
        next: batch.next,
        last: last ? { offset: last.offset, digest: recordDigest(last) } : before.last,
      };
      progress.set(batch.partition, after);
      return after;
    },
    total: () => [...values.values()].reduce((sum, list) => sum + list.length, 0),
  };
}

export function consumerOf(durable: Durable, overrides: Partial<Consumer> = {}): Consumer {
  return {
    group: 'contract',
    concurrency: 2,
    batchSize: 10,
    progress: async (partitions) =>
      new Map(partitions.map((partition) => [partition, durable.progress.get(partition) ?? START])),
    handle: async (batch) => durable.apply(batch),
    failed: () => undefined,
    ...overrides,
  };
}

const START: Progress = { next: 0, last: null };

export function recordsOf(partition: number, ...values: string[]): NewRecord[] {
  return values.map((value) => ({ partition, key: Buffer.from(`key ${value}`), value: Buffer.from(value) }));
}

/** `prefix 0`, `prefix 1`, ... */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix} ${i}`);
}

/** Another process that reads for the same group: see test/support/log-reader.ts. */
export function startReader(log: ReaderLog): { partitions(): Set<string>; kill(): void } {
  const script = new URL('./log-reader.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, JSON.stringify(log)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return {
    partitions: () => new Set(output.split('\n').filter(Boolean)),
    kill: () => void child.kill('SIGKILL'),
  };
}
