import { nextTurn } from '../../async.ts';
import type { Batch } from '../../log/log.ts';

/** Hands batches on in groups; each caller gets the result of its own batch. */
export type BatchGrouping<Result> = (batch: Batch) => Promise<Result>;

export interface GroupingOptions<Result> {
  /** Most groups at the same time. */
  groups: number;
  /** From how many waiting records on another group is worth its statements beside one that is under way. */
  worthwhile: number;
  /** Most records in a group, unless a single batch has more. */
  records: number;
  /** Handles a group; one result per batch, in order. A rejection is every caller's. */
  handle(batches: readonly Batch[]): Promise<Result[]>;
}

interface Waiting<Result> {
  batch: Batch;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * Gathers the batches that wait while others are handled. Under load every group is one large batch; at a trickle the
 * small batches of all partitions share one transaction, whose statements cost more than their few rows.
 */
export function createBatchGrouping<Result>(options: GroupingOptions<Result>): BatchGrouping<Result> {
  const { groups, worthwhile, records, handle } = options;
  let waiting: Waiting<Result>[] = [];
  let running = 0;

  function isWorthwhile(): boolean {
    return waiting.reduce((sum, { batch }) => sum + batch.records.length, 0) >= worthwhile;
  }

  function take(): Waiting<Result>[] {
    const group: Waiting<Result>[] = [];
    let size = 0;
    for (const entry of waiting) {
      if (group.length > 0 && size + entry.batch.records.length > records) break;
      group.push(entry);
      size += entry.batch.records.length;
    }
    waiting = waiting.slice(group.length);
    return group;
  }

  async function run(): Promise<void> {
    running++;
    // What arrives in one turn of the event loop goes together.
    await nextTurn();
    while (waiting.length > 0) {
      const group = take();
      try {
        const results = await handle(group.map(({ batch }) => batch));
        for (const [i, { resolve, reject }] of group.entries()) {
          const result = results[i];
          if (result === undefined) reject(new Error('a batch was left without a result'));
          else resolve(result);
        }
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    running--;
  }

  return (batch) =>
    new Promise((resolve, reject) => {
      waiting.push({ batch, resolve, reject });
      if (running === 0 || (running < groups && isWorthwhile())) void run();
    });
}
