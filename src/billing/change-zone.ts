import { type Kysely, sql, type Transaction } from 'kysely';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { pause, startLoop } from '../async.ts';
import type { ZoneTimeline } from '../domain/period.ts';
import { done, type Outcome } from '../domain/refusal.ts';
import {
  announceZoneChange,
  countStored,
  projectionSchemas,
  removeOldCounts,
  seeBeforeChange,
  type ZoneChange,
} from '../projection/tables/next-tallies.ts';
import { commitUnlessRefused } from '../store/commit-unless-refused.ts';
import { withConnection } from '../store/connections.ts';
import { LOCK_SPACES, LOCKS } from '../store/locks.ts';
import type { Tables } from '../store/tables.ts';
import type { InvoiceSession } from './locks.ts';

/** Waits for the batches in hand; those that come wait for this transaction, so it must not wait for long. */
export async function lockSettings(transaction: Transaction<Tables>): Promise<void> {
  await sql`SET LOCAL lock_timeout = '5s'`.execute(transaction);
  await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCKS.settings)})`.execute(transaction);
}

interface Asked<T> {
  /** Lends the second connection that the session may take. */
  pool: Pool;
  tenant: string;
  zones: ZoneTimeline;
  /** What refuses the change refuses it before anything is counted. */
  check(transaction: Transaction<Tables>): Promise<Outcome<unknown>>;
  /** Writes everything at once, the tallies too. */
  apply(transaction: Transaction<Tables>, counted: ZoneChange): Promise<Outcome<T>>;
}

/**
 * Changes a tenant's zone while everybody goes on counting. Nobody is kept from it but twice, for a short transaction:
 * from the first one on batches count the tenant's days by both zones; beside them a snapshot from before it is counted;
 * `apply` is the second one and puts the sums in place of the tallies. Until then everything answers by the old zone.
 * Expects the session to hold the tenant's invoices; whatever fails leaves the zone as it was.
 */
export async function whileCountingByBoth<T>(
  session: InvoiceSession,
  { pool, tenant, zones, check, apply }: Asked<T>,
): Promise<Outcome<T>> {
  const { client, db } = session;
  await removeBroken(db, tenant);
  await client.query(`SET lock_timeout = '5s'; SELECT pg_advisory_lock_shared(${LOCKS.zoneChanges})`);
  const counted = await withConnection({ pool }, async (reader): Promise<Outcome<ZoneChange>> => {
    const schemas: string[] = [];
    const announced = await commitUnlessRefused(db, async (transaction): Promise<Outcome<ZoneChange>> => {
      await lockSettings(transaction);
      const checked = await check(transaction);
      if (!checked.ok) return checked;
      schemas.push(...(await projectionSchemas(transaction)));
      const change = await announceZoneChange(transaction, tenant, zones);
      await seeBeforeChange(reader, schemas);
      return done(change);
    });
    if (announced.ok) await countStored(reader, schemas, announced.value);
    return announced;
  });
  const outcome = counted.ok
    ? await commitUnlessRefused(db, async (transaction) => {
        await lockSettings(transaction);
        return await apply(transaction, counted.value);
      })
    : counted;
  await removeBroken(db, tenant);
  // Where anything failed the connection is closed, which lets go of it too.
  await client.query(`RESET lock_timeout; SELECT pg_advisory_unlock_shared(${LOCKS.zoneChanges})`);
  return outcome;
}

/** Expects the tenant's invoices to be held: nobody can be at a change of its zone then. */
async function removeBroken(db: Kysely<Tables>, tenant: string): Promise<void> {
  await db.deleteFrom('public.zone_changes').where('tenant', '=', tenant).execute();
  await removeOldCounts(db);
}

const LOOK_EVERY_MS = 60_000;

/** Removes changes that a killed process left, so that batches need not count by both zones for ever. */
export function removeBrokenZoneChanges(
  db: Kysely<Tables>,
  logger: Logger,
  everyMs = LOOK_EVERY_MS,
): { stop(): Promise<void> } {
  return startLoop(async (signal) => {
    while (!signal.aborted) {
      try {
        for (const tenant of await brokenChanges(db))
          logger.warn(
            { tenant },
            'a change of zone was broken off and is undone: it has to be asked for again',
          );
      } catch (error) {
        logger.warn({ err: error }, 'changes of zones that were broken off could not be looked for');
      }
      await pause(everyMs, signal);
    }
  });
}

/** The lock on a tenant is only tried; it lasts as long as the statement. */
async function brokenChanges(db: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ tenant: string }>`
    DELETE FROM public.zone_changes
    WHERE pg_try_advisory_xact_lock(${sql.lit(LOCK_SPACES.tenantInvoices)}, hashtext(tenant))
    RETURNING tenant`.execute(db);
  if (rows.length > 0) await removeOldCounts(db);
  return rows.map(({ tenant }) => tenant);
}
