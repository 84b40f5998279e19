import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { Tables } from '../../store/tables.ts';

/**
 * Rows of a query portion by portion, however many there are: the database keeps the others until they are asked for.
 * Of one transaction one at a time by each name. There is at least one portion; the last one may be empty.
 */
export async function* portions<Row>(
  db: Transaction<Tables>,
  { name, query, size }: { name: string; query: RawBuilder<Row>; size: number },
): AsyncGenerator<Row[]> {
  const cursor = sql.id(name);
  // All will be read, so nothing is planned for the first ones alone.
  await sql`SELECT set_config('cursor_tuple_fraction', '1', true)`.execute(db);
  await sql`DECLARE ${cursor} NO SCROLL CURSOR FOR ${query}`.execute(db);
  let works = true;
  try {
    let rows: Row[];
    do {
      works = false;
      ({ rows } = await sql<Row>`FETCH ${sql.lit(size)} FROM ${cursor}`.execute(db));
      works = true;
      yield rows;
    } while (rows.length === size);
  } finally {
    // After a failed statement the transaction, and the cursor with it, is gone.
    if (works) await sql`CLOSE ${cursor}`.execute(db);
  }
}
