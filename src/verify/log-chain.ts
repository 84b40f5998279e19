import { type EventLog, LogBroken } from '../log/log.ts';
import { readRecords } from '../log/read.ts';
import { chainNext, chainStart } from '../log/record/hash-chain.ts';
import { liveProjection, projectionIn } from '../projection/tables/live-projection.ts';
import { readPositions } from '../projection/tables/positions.ts';
import type { Database } from '../store/database.ts';
import { capital, type Finding } from './difference.ts';

/** What the log is verified against, and how it is followed. */
export interface VerifyLogOptions {
  /** Default: the live projection. */
  schema?: string;
  /** Further heads that must be the log's: those that final invoices stand on. */
  heads?: readonly NotedHead[];
  /** Told now and then how many records have been read. */
  progress?(records: number, total: number): void;
}

export type VerifiedLog =
  | { ok: true; records: number; heads: Omit<NotedHead, 'by'>[] }
  | ({ ok: false } & Finding);

const RESTORE_LOG =
  'The log is not what was projected: restore it from its export with janela log import. Do not rebuild from it, for the rebuild would lose what the log has lost.';

interface Replay {
  partition: number;
  until: number;
  chain: Buffer;
  expected: Buffer;
  records: number;
  noted: HeadCheck;
}

/**
 * Reads the whole log up to where it is projected and replays the hash chain of each partition: a record that changed,
 * vanished or moved since it was projected, or since an invoice was made from it, gives another head. Rejects with `LogUnavailable`.
 */
export async function verifyLog(
  database: Database,
  log: EventLog,
  options: VerifyLogOptions = {},
): Promise<VerifiedLog> {
  const replays = await startReplays(database, options);
  const shorter = await missingRecords(log, replays);
  if (shorter !== null) return { ok: false, difference: shorter, mend: RESTORE_LOG };
  try {
    await replay(log, replays, options);
  } catch (error) {
    if (error instanceof LogBroken) return { ok: false, difference: error.message, mend: RESTORE_LOG };
    throw error;
  }
  const found = firstOf(replays, chainDifference) ?? firstOf(replays, headDifference);
  if (found !== null) return { ok: false, ...found };
  const heads = Array.from(replays, ([partition, { until: next, chain }]) => ({
    partition,
    next,
    chain: chain.toString('hex'),
  }));
  return { ok: true, records: [...replays.values()].reduce((sum, { records }) => sum + records, 0), heads };
}

function firstOf(
  replays: ReadonlyMap<number, Replay>,
  difference: (replay: Replay) => Finding | null,
): Finding | null {
  for (const replay of replays.values()) {
    const found = difference(replay);
    if (found !== null) return found;
  }
  return null;
}

function chainDifference({ partition, chain, expected, until }: Replay): Finding | null {
  if (chain.equals(expected)) return null;
  return {
    difference: `Partition ${partition} of the log has changed since it was projected: up to offset ${until} its hash chain ends in ${chain.toString('hex')}, the projection notes ${expected.toString('hex')}.`,
    mend: RESTORE_LOG,
  };
}

/** The projection agrees with the log, and an invoice does not. */
function headDifference({ chain, until, noted }: Replay): Finding | null {
  noted.pass(until, chain);
  return noted.difference();
}

async function startReplays(
  database: Database,
  { schema, heads = [] }: VerifyLogOptions,
): Promise<Map<number, Replay>> {
  const { db } = database;
  const rows = await readPositions(
    schema === undefined ? await liveProjection(db) : projectionIn(db, schema),
  );
  return new Map(
    rows.map(({ partition, next: until, chain: expected }) => {
      const [chain, noted] = [chainStart(partition), checkHeads(heads, partition)];
      return [partition, { partition, until, chain, expected, records: 0, noted }];
    }),
  );
}

async function missingRecords(log: EventLog, replays: ReadonlyMap<number, Replay>): Promise<string | null> {
  for (const { partition, low, end } of await log.ends()) {
    const until = replays.get(partition)?.until;
    if (until === undefined) return `Partition ${partition} of the log was never projected.`;
    if (low > 0)
      return `Partition ${partition} of the log begins at offset ${low}: what came before is gone.`;
    if (end < until)
      return `Partition ${partition} of the log ends at offset ${end}, but it was projected up to ${until}.`;
  }
  return null;
}

async function replay(
  log: EventLog,
  replays: ReadonlyMap<number, Replay>,
  { progress }: VerifyLogOptions,
): Promise<void> {
  const total = [...replays.values()].reduce((sum, { until }) => sum + until, 0);
  const ranges = new Map(Array.from(replays, ([partition, { until }]) => [partition, { from: 0, until }]));
  let read = 0;
  // Reading is tried again for ever; a log that stays away is seen by whoever waits.
  await readRecords(log, { group: 'janela-verify', ranges, batchSize: 4_000 }, ({ partition, records }) => {
    const state = replays.get(partition);
    if (state === undefined) throw new Error(`partition ${partition} was not asked for`);
    for (const record of records) {
      state.noted.pass(record.offset, state.chain);
      state.chain = chainNext(state.chain, record);
      state.records++;
    }
    read += records.length;
    progress?.(read, total);
  });
}

/** The head of a partition's hash chain before offset `next`, in hex, and what a sentence calls who noted it. */
export interface NotedHead {
  partition: number;
  next: number;
  chain: string;
  by: string;
}

const COMPARE_BACKUPS =
  'The log is not the one that this was made from, or the database was changed by hand: compare both with their backups (the manifest of a log export names chain heads too), and restore the one that differs.';

/** Compares the heads that were noted for one partition with the log's, in the order of their offsets. */
interface HeadCheck {
  /** The chain has come to `chain` before the record at `offset`, or before the end of what is replayed. */
  pass(offset: number, chain: Buffer): void;
  /** The first one that differs, once all of the partition was passed. */
  difference(): Finding | null;
}

function checkHeads(noted: readonly NotedHead[], partition: number): HeadCheck {
  const heads = noted.filter((head) => head.partition === partition).sort((a, b) => a.next - b.next);
  let at = 0;
  let found: Finding | null = null;
  return {
    pass(offset, chain) {
      for (let head = heads[at]; head !== undefined && head.next <= offset; head = heads[++at]) {
        const there = chain.toString('hex');
        if (head.chain !== there)
          found ??= {
            difference: `The log differs from what ${head.by} stands on: in partition ${partition} before offset ${head.next} its hash chain is at ${there}, not at ${head.chain}.`,
            mend: COMPARE_BACKUPS,
          };
      }
    },
    difference() {
      const beyond = heads[at];
      if (found !== null || beyond === undefined) return found;
      return {
        difference: `${capital(beyond.by)} stands on partition ${partition} of the log up to offset ${beyond.next}, which is not projected.`,
        mend: COMPARE_BACKUPS,
      };
    },
  };
}
