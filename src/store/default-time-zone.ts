/**
 * The zone of tenants that chose none, fixed for the life of a database: with another one the same windows would fall
 * into other periods, some of them into two that are invoiced and some into none.
 */

import type { Kysely } from 'kysely';
import { isSameZone } from '../domain/period.ts';
import type { Tables } from './tables.ts';

/** The settings name another zone than the database. The message says what to do. */
export class TimeZoneRefused extends Error {
  override name = 'TimeZoneRefused';
}

/** Fixes the zone (IANA name) at the first start, and resolves with it ever after. Rejects with `TimeZoneRefused`. */
export async function fixDefaultTimeZone(db: Kysely<Tables>, zone: string): Promise<string> {
  await db
    .insertInto('public.installation')
    .values({ default_time_zone: zone })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return await requireDefaultTimeZone(db, zone);
}

/** The same for what only looks: before the first start any zone will do. */
export async function requireDefaultTimeZone(db: Kysely<Tables>, zone: string): Promise<string> {
  const row = await db.selectFrom('public.installation').select('default_time_zone').executeTakeFirst();
  const fixed = row?.default_time_zone ?? zone;
  if (isSameZone(fixed, zone)) return fixed;
  throw new TimeZoneRefused(
    `DEFAULT_TIME_ZONE is ${zone}, but this database was first started with ${fixed}, by which the periods of tenants that chose no zone are counted and invoiced: set DEFAULT_TIME_ZONE=${fixed}. To move a tenant to another zone, give it a timeZone from a period on (PUT /v1/tenants/{tenant}).`,
  );
}
