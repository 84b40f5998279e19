import type { Kysely, Transaction } from 'kysely';
import type { PoolClient } from 'pg';
import type { ComparedMoney } from '../../domain/compared-charges.ts';
import { onConnection } from '../../store/database.ts';
import type { ProjectionTables } from '../../store/projection-tables.ts';
import type { Tables } from '../../store/tables.ts';
import type { ReadSnapshot } from '../read/snapshot.ts';

/** One of two projections that are compared, over a connection; that of the live one is inside a snapshot. */
export interface Side {
  client: PoolClient;
  schema: string;
}

/** What finance adds to a comparison: what periods cost by the windows of either, in the order asked for. */
export type Money = (
  live: ReadSnapshot,
  rebuilt: ReadSnapshot,
  periods: readonly { tenant: string; period: string }[],
) => Promise<(ComparedMoney | null)[]>;

/** Far below what a statement's arrays may hold. */
const AT_ONCE = 500;

/** `money` null: there is no finance. */
export async function moneyFor(
  money: Money | null,
  live: Side,
  rebuilt: Side,
  periods: readonly { tenant: string; period: string }[],
): Promise<(ComparedMoney | null)[]> {
  if (money === null) return periods.map(() => null);
  const [ours, theirs] = [viewOf(live), viewOf(rebuilt)];
  const found: (ComparedMoney | null)[] = [];
  for (let i = 0; i < periods.length; i += AT_ONCE)
    found.push(...(await money(ours, theirs, periods.slice(i, i + AT_ONCE))));
  return found;
}

function viewOf({ client, schema }: Side): ReadSnapshot {
  const db = onConnection(client) as Transaction<Tables>;
  return { db, schema, projection: (db as unknown as Kysely<ProjectionTables>).withSchema(schema) };
}
