/** Keys on their way with an export of the log: wrapped as they are, they open what its records keep sealed. */

import { type Kysely, sql, type Transaction } from 'kysely';
import { z } from 'zod';
import { LOCKS } from '../store/locks.ts';
import type { Tables } from '../store/tables.ts';
import { insertRanks, ranksAfter } from './erased-ranks.ts';
import { createMasterKeys } from './master-keys.ts';
import { WRAPPED } from './rewrap.ts';
import { MasterKeyRefused } from './sealing.ts';

const hash = z.string().regex(/^[0-9a-f]{32}$/);
const instant = z.int().nullable();
const line = z.union([
  z.strictObject({ masterKey: z.string().regex(/^[0-9a-f]{16}$/) }),
  z.strictObject({ hashSecret: z.base64() }),
  /** Of erased contacts: what order needs of ids that nobody can open any more. */
  z.strictObject({ conversation: hash, key: hash, rank: z.int().min(0) }),
  z.strictObject({
    conversation: hash,
    generation: z.int().min(0),
    contact: hash,
    /** null: destroyed. */
    wrapped: z.base64().nullable(),
    createdAt: z.int(),
    endedAt: instant,
    erasedAt: instant,
  }),
]);

type Line = z.infer<typeof line>;
type KeyLine = Extract<Line, { generation: number }>;
type RankLine = Extract<Line, { rank: number }>;

const AT_ONCE = 10_000;

/** Lines of JSON: names of master keys in use, the secret of hashes, every key, the destroyed ones too, and the order of what these sealed. */
export async function* exportKeys(db: Kysely<Tables>): AsyncGenerator<string> {
  const names = await db
    .selectFrom('sealing.master_keys')
    .select('name')
    .where('retired_at', 'is', null)
    .orderBy('name')
    .execute();
  for (const { name } of names) yield textOf({ masterKey: name });
  const secret = await db.selectFrom('sealing.hash_secret').select('wrapped').executeTakeFirst();
  if (secret !== undefined) yield textOf({ hashSecret: secret.wrapped.toString('base64') });
  let last: { conversation: string; generation: number } | undefined;
  do {
    const keys = await keysAfter(db, last);
    yield keys
      .map((key) => textOf({ ...key, wrapped: key.wrapped === null ? null : key.wrapped.toString('base64') }))
      .join('');
    last = keys.length < AT_ONCE ? undefined : keys.at(-1);
  } while (last !== undefined);
  yield* exportRanks(db);
}

async function* exportRanks(db: Kysely<Tables>): AsyncGenerator<string> {
  let last: RankLine | undefined;
  do {
    const ranks: RankLine[] = await ranksAfter(db, last, AT_ONCE);
    yield ranks.map(textOf).join('');
    last = ranks.length < AT_ONCE ? undefined : ranks.at(-1);
  } while (last !== undefined);
}

function textOf(value: Line): string {
  return `${JSON.stringify(value)}\n`;
}

async function keysAfter(db: Kysely<Tables>, last: { conversation: string; generation: number } | undefined) {
  let query = db
    .selectFrom('sealing.contact_keys')
    .select([
      'conversation',
      'generation',
      'contact',
      'wrapped',
      'created_at as createdAt',
      'ended_at as endedAt',
      'erased_at as erasedAt',
    ])
    .orderBy('conversation')
    .orderBy('generation')
    .limit(AT_ONCE);
  if (last !== undefined)
    query = query.where(
      sql<boolean>`(conversation, generation) > (${last.conversation}::uuid, ${last.generation}::int)`,
    );
  return await query.execute();
}

/**
 * Puts the keys of an export beside those that are there, all or none; one that was destroyed in either stays destroyed.
 * Rejects with `MasterKeyRefused` where the secrets do not open them, or the database seals under another secret of
 * hashes already.
 */
export async function importKeys(
  db: Kysely<Tables>,
  lines: AsyncIterable<string>,
  secrets: readonly Buffer[],
): Promise<number> {
  const master = createMasterKeys(secrets);
  let count = 0;
  await db.transaction().execute(async (transaction) => {
    await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCKS.masterKeys)})`.execute(transaction);
    let keys: KeyLine[] = [];
    let ranks: RankLine[] = [];
    for await (const text of lines) {
      const read = line.parse(JSON.parse(text));
      if ('masterKey' in read) await takeMasterKey(transaction, master.names, read.masterKey);
      else if ('hashSecret' in read)
        await takeHashSecret(transaction, master, Buffer.from(read.hashSecret, 'base64'));
      else if ('rank' in read) {
        ranks.push(read);
        if (ranks.length < AT_ONCE) continue;
        await insertRanks(transaction, ranks);
        ranks = [];
      } else {
        count++;
        keys.push(read);
        if (keys.length < AT_ONCE) continue;
        await insertKeys(transaction, keys);
        keys = [];
      }
    }
    await insertKeys(transaction, keys);
    await insertRanks(transaction, ranks);
  });
  return count;
}

async function takeMasterKey(db: Transaction<Tables>, names: readonly string[], name: string): Promise<void> {
  if (!names.includes(name))
    throw new MasterKeyRefused(
      `What names persons in this export is sealed by the master key ${name}, which MASTER_KEY does not give (it gives ${names.join(', ')}): import with the one of the installation that it was exported from.`,
    );
  await db
    .insertInto('sealing.master_keys')
    .values({ name, retired_at: null })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ retired_at: null }))
    .execute();
}

async function takeHashSecret(
  db: Transaction<Tables>,
  { open }: Pick<ReturnType<typeof createMasterKeys>, 'open'>,
  wrapped: Buffer,
): Promise<void> {
  const { label } = WRAPPED.hashSecret;
  const secret = open(label, wrapped);
  const kept = await db.selectFrom('sealing.hash_secret').select('wrapped').executeTakeFirst();
  if (kept === undefined) {
    await db.insertInto('sealing.hash_secret').values({ wrapped }).execute();
    return;
  }
  if (!open(label, kept.wrapped).equals(secret))
    throw new MasterKeyRefused(
      'This database seals for another installation already: its hashes and those of the export name different conversations. Import into a database of its own, or into the one that goes with the log.',
    );
}

async function insertKeys(db: Transaction<Tables>, keys: readonly KeyLine[]): Promise<void> {
  if (keys.length === 0) return;
  const column = <T>(of: (key: KeyLine) => T) => keys.map(of);
  await sql`
    INSERT INTO sealing.contact_keys AS k (conversation, generation, contact, wrapped, created_at, ended_at, erased_at)
    SELECT * FROM unnest(${column((key) => key.conversation)}::uuid[], ${column((key) => key.generation)}::int[],
      ${column((key) => key.contact)}::uuid[],
      ${column(({ wrapped }) => (wrapped === null ? null : Buffer.from(wrapped, 'base64')))}::bytea[],
      ${column((key) => key.createdAt)}::bigint[], ${column((key) => key.endedAt)}::bigint[],
      ${column((key) => key.erasedAt)}::bigint[])
    ON CONFLICT (conversation, generation) DO UPDATE SET wrapped = NULL, ended_at = coalesce(k.ended_at, excluded.ended_at),
      erased_at = excluded.erased_at WHERE k.erased_at IS NULL AND excluded.erased_at IS NOT NULL`.execute(
    db,
  );
}
