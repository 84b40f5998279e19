/** Rotation of master keys: whatever an old one wraps is wrapped by the first, and then the old one is retired. */

import { type Kysely, sql } from 'kysely';
import type { Logger } from 'pino';
import { createBackoff, pause, startLoop } from '../async.ts';
import { LOCKS } from '../store/locks.ts';
import type { Tables } from '../store/tables.ts';
import type { MasterKeys } from './master-keys.ts';

/** A column of blocks of `MasterKeys.seal`, and the label that they are sealed under. Whoever adds one lists it here. */
interface WrappedColumn {
  table: string;
  column: string;
  label: string;
}

export const WRAPPED = {
  hashSecret: { table: 'sealing.hash_secret', column: 'wrapped', label: 'hash secret' },
  contactKeys: { table: 'sealing.contact_keys', column: 'wrapped', label: 'contact key' },
  connectionSecrets: {
    table: 'billing.connections',
    column: 'secrets',
    label: 'secrets of a connection',
  },
  webhookSecrets: { table: 'billing.webhooks', column: 'secret', label: 'secret of a webhook' },
  formerWebhookSecrets: {
    table: 'billing.webhooks',
    column: 'former_secret',
    label: 'secret of a webhook',
  },
  unmappedParts: { table: 'billing.unmapped_parts', column: 'payload', label: 'unmapped payload' },
  erasureReasons: { table: 'sealing.erasures', column: 'reason', label: 'reason of an erasure' },
} as const satisfies Record<string, WrappedColumn>;

interface RewrapOptions {
  db: Kysely<Tables>;
  master: MasterKeys;
  logger: Pick<Logger, 'info' | 'warn'>;
}

/** Goes on until it is done, or stopped; what is left is done at the next start. */
export function startRewrap(options: RewrapOptions): { stop(): Promise<void> } {
  const { logger, master } = options;
  return startLoop(async (signal) => {
    const backoff = createBackoff();
    while (!signal.aborted) {
      try {
        const done = await rewrap(options, signal);
        if (done !== null && done.retired.length > 0)
          logger.info(
            { ...done, first: master.names[0] },
            'everything is wrapped by the first master key: the retired ones need not be in MASTER_KEY any more',
          );
        if (done !== null) return;
      } catch (error) {
        logger.warn({ err: error }, 'could not wrap all keys by the first master key; trying again');
      }
      await pause(backoff.next(), signal);
    }
  });
}

/** null: not all of it, somebody wraps by another one at the same time. */
async function rewrap(
  { db, master }: RewrapOptions,
  signal: AbortSignal,
): Promise<{ rewrapped: number; retired: string[] } | null> {
  const others = await db
    .selectFrom('sealing.master_keys')
    .select('name')
    .where('retired_at', 'is', null)
    .where('name', '<>', master.names[0])
    .execute();
  let rewrapped = 0;
  if (others.length === 0) return { rewrapped, retired: [] };
  for (const column of Object.values(WRAPPED)) rewrapped += await rewrapColumn(db, master, column, signal);
  if (signal.aborted) return null;
  const retired = await retireOthers(db, master);
  return retired === null ? null : { rewrapped, retired };
}

/** Some 3,000 keys: a few ms of locks on them. */
const BLOCKS_AT_ONCE = 64;

/** Block by block: no index knows what wraps a key, and no row is read twice. Processes may do it at the same time. */
async function rewrapColumn(
  db: Kysely<Tables>,
  master: MasterKeys,
  column: WrappedColumn,
  signal: AbortSignal,
): Promise<number> {
  const { rows } = await sql<{ blocks: number }>`
    SELECT (pg_relation_size(${column.table}::regclass) / current_setting('block_size')::int)::int AS blocks`.execute(
    db,
  );
  const blocks = rows[0]?.blocks ?? 0;
  let rewrapped = 0;
  for (let block = 0; block < blocks && !signal.aborted; block += BLOCKS_AT_ONCE)
    rewrapped += await rewrapBlocks(db, master, column, block);
  return rewrapped;
}

async function rewrapBlocks(
  db: Kysely<Tables>,
  master: MasterKeys,
  column: WrappedColumn,
  from: number,
): Promise<number> {
  return await db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ place: string; block: Buffer }>`
      SELECT ctid::text AS place, ${sql.ref(column.column)} AS block FROM ${sql.table(column.table)}
      WHERE ctid >= ${`(${from},0)`}::tid AND ctid < ${`(${from + BLOCKS_AT_ONCE},0)`}::tid
        AND ${wrappedByOthers(column, master)}
      FOR UPDATE`.execute(transaction);
    if (rows.length === 0) return 0;
    const blocks = rows.map(({ block }) => master.seal(column.label, master.open(column.label, block)));
    await sql`
      UPDATE ${sql.table(column.table)} AS kept SET ${sql.ref(column.column)} = new.block
      FROM unnest(${rows.map(({ place }) => place)}::tid[], ${blocks}::bytea[]) AS new (place, block)
      WHERE kept.ctid = new.place`.execute(transaction);
    return rows.length;
  });
}

function wrappedByOthers({ column }: WrappedColumn, { names }: MasterKeys) {
  // A block begins with the name of the key that wraps it.
  return sql<boolean>`substring(${sql.ref(column)} FROM 1 FOR 8) <> decode(${names[0]}, 'hex')`;
}

/** null: something came meanwhile that another key wraps. */
async function retireOthers(db: Kysely<Tables>, master: MasterKeys): Promise<string[] | null> {
  return await db.transaction().execute(async (transaction) => {
    await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCKS.masterKeys)})`.execute(transaction);
    // Waits for whoever is storing keys that one of them wraps, and keeps others from beginning.
    const { rows: others } = await sql<{ name: string }>`
      SELECT name FROM sealing.master_keys WHERE name <> ${master.names[0]} AND retired_at IS NULL
      FOR UPDATE`.execute(transaction);
    for (const column of Object.values(WRAPPED)) {
      const { rows } = await sql`
        SELECT FROM ${sql.table(column.table)} WHERE ${wrappedByOthers(column, master)} LIMIT 1`.execute(
        transaction,
      );
      if (rows.length > 0) return null;
    }
    const names = others.map(({ name }) => name);
    await sql`UPDATE sealing.master_keys SET retired_at = now() WHERE name = ANY (${names}::text[])`.execute(
      transaction,
    );
    return names;
  });
}
