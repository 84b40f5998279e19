/** Connections of reads: to a replica while it is one and near, to the primary otherwise. */

import { Kysely, PostgresDialect } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import type { Logger } from 'pino';
import { pause, startLoop, within } from '../async.ts';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

/** Why a replica is not read from; `returning`: it could be, but not for long yet. */
export const UNUSED = ['gone', 'behind', 'promoted', 'returning'] as const;
type Unused = (typeof UNUSED)[number];

/** How often it is looked at, and how long it may take to answer. */
const LOOK_EVERY_MS = 1_000;
const LOOK_MS = 2_000;
/** Farther behind, the primary answers: nobody waits that long for what was counted. */
const FARTHEST_MS = 30_000;
/**
 * Whoever waited until the primary had counted something may still wait for its turn to read it: so long the primary
 * answers on, while waiting looks at the replica already.
 */
const RETURNING_MS = 15_000;

export interface ReadReplica {
  /** The query builder of reads, for each of these pools of the primary one on the replica. */
  reading(replica: Database, primary: Database): Kysely<Tables>;
  /** To see what is counted where reads are going to look. */
  looking(): Kysely<Tables>;
  stop(): Promise<void>;
}

interface Options {
  /** A connection each of its own, to look at them. */
  replica: Database;
  primary: Database;
  logger: Logger;
  /** Monotonic, in ms. */
  now(): number;
  /** Told after every look; `behindMs` is null where nobody knows. */
  looked(state: { unused: Unused | null; behindMs: number | null }): void;
  /** Told of every read that the primary answers in its place. */
  fellBack(why: Unused): void;
}

/**
 * Follows a replica. Reads that are under way on one that stops answering are broken off, so that nobody waits for it: they
 * are answered 503, and asked again they go to the primary.
 */
export async function followReplica(options: Options): Promise<ReadReplica> {
  const { logger, looked } = options;
  const distance = createDistance(options.now);
  const borrowed = new Set<PoolClient>();
  let unused: Unused | null = null;
  /** When it could be read from again; null: it always could. */
  let backAt: number | null = null;

  function settle(found: Exclude<Unused, 'returning'> | null, behindMs: number | null): void {
    if (found === null && unused !== null) backAt ??= options.now();
    if (found !== null) backAt = null;
    const isReturning = backAt !== null && options.now() - backAt < RETURNING_MS;
    const why = found ?? (isReturning ? 'returning' : null);
    if (why !== unused) {
      if (why === null) logger.info({ behindMs }, 'reads go to the replica');
      else if (why !== 'returning')
        logger.warn({ why, behindMs }, 'reads go to the primary in place of the replica');
    }
    unused = why;
    looked({ unused: why, behindMs });
    if (why === 'gone' || why === 'promoted') for (const client of borrowed) breakOff(client);
  }

  async function look(): Promise<void> {
    try {
      distance.note(await positionOf(options.primary.pool, 'pg_current_wal_lsn()'));
    } catch {
      // Who knows how far the primary is: the replica is as near as it was, and nobody else can answer.
    }
    try {
      const replayed = await positionOf(options.replica.pool, 'pg_last_wal_replay_lsn()');
      if (replayed === null) settle('promoted', null);
      else {
        const behindMs = distance.of(replayed);
        settle(behindMs > FARTHEST_MS ? 'behind' : null, behindMs);
      }
    } catch (error) {
      logger.debug({ err: error }, 'the replica does not answer');
      settle('gone', null);
    }
  }

  await look();
  const watching = startLoop(async (signal) => {
    while (!signal.aborted) {
      await pause(LOOK_EVERY_MS, signal);
      if (!signal.aborted) await look();
    }
  });

  async function connect(replica: Pool, primary: Pool): Promise<PoolClient> {
    if (unused === null) {
      try {
        const client = await replica.connect();
        borrowed.add(client);
        return client;
      } catch (error) {
        logger.debug({ err: error }, 'the replica took no connection');
        settle('gone', null);
      }
    }
    options.fellBack(unused ?? 'gone');
    return await primary.connect();
  }

  return {
    reading(replica, primary) {
      replica.pool.on('release', (_error, client) => borrowed.delete(client));
      const pool = { connect: () => connect(replica.pool, primary.pool), end: async () => undefined };
      return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool as never }) });
    },
    looking: () => (unused === null || unused === 'returning' ? options.replica.db : options.primary.db),
    stop: () => watching.stop(),
  };
}

/** Ends it at once, without a word to a server that does not answer: whoever waits for it is told that it broke. */
function breakOff(client: PoolClient): void {
  const { connection } = client as PoolClient & { connection: { stream: { destroy(error: Error): void } } };
  connection.stream.destroy(new Error('Connection terminated: the replica does not answer'));
}

/** Bytes of WAL; null: the server is in the other state, a primary where a replica was meant. */
async function positionOf(pool: Pool, position: string): Promise<number | null> {
  const isReplica = position.includes('replay');
  const query = {
    text: `SELECT CASE WHEN pg_is_in_recovery() = ${isReplica} THEN ${position} - '0/0'::pg_lsn END AS at`,
    query_timeout: LOOK_MS,
  };
  const { rows } = await within(
    LOOK_MS,
    pool.query<{ at: string | null }>(query),
    () => new Error(`no answer within ${LOOK_MS} ms`),
  );
  const at = rows[0]?.at ?? null;
  return at === null ? null : Number(at);
}

/** How long ago the primary was where a replica is. */
interface Distance {
  note(position: number | null): void;
  /** ms; how long it is since it was last seen to be ahead of that. */
  of(position: number): number;
}

function createDistance(now: () => number): Distance {
  /** Where the primary was and when, ascending; as far back as reads may lag. */
  let seen: { position: number; at: number }[] = [];
  return {
    note(position) {
      if (position === null) return;
      const at = now();
      seen = seen.filter((look, i) => at - look.at <= 2 * FARTHEST_MS || i === seen.length - 1);
      seen.push({ position, at });
    },
    of(position) {
      const ahead = seen.find((look) => look.position > position);
      return ahead === undefined ? 0 : now() - ahead.at;
    },
  };
}
