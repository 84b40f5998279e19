/** Whether the log is the one that this database was projected from. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import { createBackoff, pause, within } from '../async.ts';
import { cutShort, type EventLog, LogBroken, LogUnavailable, replaced } from '../log/log.ts';
import { endsWhenAvailable, readRecords } from '../log/read.ts';
import { recordDigest } from '../log/record/hash-chain.ts';
import { liveProjection } from '../projection/tables/live-projection.ts';
import { lastOf, type Position, readPositions } from '../projection/tables/positions.ts';
import type { Tables } from '../store/tables.ts';

/** Whether this process may write into the log. */
export interface LogIdentity {
  /** Why not, for `/readyz`; null once it may. */
  refusal(): string | null;
  /**
   * Runs an append. Rejects with `LogBroken` where the log is not the one that was projected: what such a log is given
   * would be left behind once the right one is back. The first ones wait for the comparison.
   */
  allow<T>(append: () => Promise<T>): Promise<T>;
  /** Gives up comparing; what of it waits for the log ends with the log. */
  stop(): Promise<void>;
}

export interface LogIdentityDeps {
  db: Kysely<Tables>;
  log: EventLog;
  logger: Logger;
  /** What the rest of this process knows against the log. */
  broken(): Error | null;
}

/** What a request waits for, of the 5 s that it waits for the log. */
const COMPARISON_TIMEOUT_MS = 4_000;

/** Compares the log with the projection once, in the background, and listens to what is found out later. */
export function checkLogIdentity({ db, log, logger, broken }: LogIdentityDeps): LogIdentity {
  const stopping = new AbortController();
  let state: 'comparing' | 'fits' | LogBroken = 'comparing';
  const compared = compare();

  async function compare(): Promise<void> {
    const backoff = createBackoff();
    while (!stopping.signal.aborted) {
      try {
        const found = await matchLog(db, log);
        if (stopping.signal.aborted) return;
        if (state === 'comparing') state = found ?? 'fits';
        if (found !== null) logger.error(`Nothing is written into the log: ${found.message}`);
        return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        logger.warn({ err: error }, 'the log could not be compared with what was projected; trying again');
      }
      await pause(backoff.next(), stopping.signal);
    }
  }

  function obstacle(): LogBroken | null {
    if (state instanceof LogBroken) return state;
    const found = broken();
    return found instanceof LogBroken ? found : null;
  }

  return {
    refusal: () =>
      obstacle()?.message ?? (state === 'comparing' ? 'it is being compared with what was projected' : null),
    async allow(append) {
      if (state === 'comparing')
        await within(
          COMPARISON_TIMEOUT_MS,
          compared,
          () => new LogUnavailable('The log is still being compared'),
        );
      if (state === 'comparing') throw new LogUnavailable('The service is stopping');
      const found = obstacle();
      if (found !== null) throw found;
      try {
        return await append();
      } catch (error) {
        if (error instanceof LogBroken) state = error;
        throw error;
      }
    },
    async stop() {
      stopping.abort();
    },
  };
}

/** Kafka's end of a partition may fall back for a moment when its leader changes. */
const SECOND_LOOK_MS = 1_000;

/**
 * Whether the log has the last record that was projected of each partition, which no other log has: null, or why not.
 * Rejects with `LogUnavailable`.
 */
async function matchLog(db: Kysely<Tables>, log: EventLog): Promise<LogBroken | null> {
  const positions = await readPositions(await liveProjection(db));
  const projected = positions.filter(({ next }) => next > 0);
  try {
    await requireEnds(log, projected);
    await requireLast(log, projected);
    return null;
  } catch (error) {
    if (error instanceof LogBroken) return error;
    throw error;
  }
}

async function requireEnds(log: EventLog, projected: readonly Position[]): Promise<void> {
  for (let look = 1; ; look++) {
    const ends = await endsWhenAvailable(log);
    const short = projected.find(({ partition, next }) => next > (ends[partition]?.end ?? 0));
    if (short === undefined) return;
    if (look === 2) throw cutShort(short.partition, short.next, ends[short.partition]?.end ?? 0);
    await delay(SECOND_LOOK_MS);
  }
}

async function requireLast(log: EventLog, projected: readonly Position[]): Promise<void> {
  const last = new Map(
    projected.flatMap((position) => {
      const found = lastOf(position);
      return found === null ? [] : [[position.partition, found]];
    }),
  );
  const ranges = new Map(
    Array.from(last, ([partition, { offset }]) => [partition, { from: offset, until: offset + 1 }]),
  );
  const wanted = new Set(last.keys());
  await readRecords(log, { group: 'janela-match', ranges }, ({ partition, records }) => {
    const expected = last.get(partition);
    const [found] = records;
    if (expected === undefined || found === undefined || found.offset !== expected.offset) return;
    if (recordDigest(found).equals(expected.digest)) wanted.delete(partition);
  });
  const [missed] = wanted;
  if (missed !== undefined) throw replaced(missed, last.get(missed)?.offset ?? 0);
}
