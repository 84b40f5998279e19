import type { LoggedEvent } from '../../src/log/record/logged-event.ts';
import type { Database } from '../../src/store/database.ts';
import { rate } from './stats.ts';

/** The limit for a projection: its event rows by `unnest` inserts of 1,000 a transaction over one connection. Rows/s. */
export async function bareInsertRate(
  database: Database,
  name: string,
  rows: readonly LoggedEvent[],
): Promise<number> {
  const client = await database.pool.connect();
  try {
    await client.query(`CREATE TABLE public.${name} (LIKE projection.events INCLUDING ALL)`);
    const text = `INSERT INTO public.${name}
      (conversation, key, ref, class, partition, at, "offset", received_at, id, key_id, detail, metadata, voided, who, content)
      SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::smallint[], $5::smallint[], $6::bigint[], $7::bigint[],
        $8::bigint[], $9::text[], $10::text[], $11::text[], $12::text[],
        $13::boolean[], $14::bytea[], $15::uuid[])`;
    const startedAt = performance.now();
    for (let i = 0; i < rows.length; i += 1000) {
      const part = rows.slice(i, i + 1000);
      await client.query('BEGIN');
      await client.query({
        name: 'bare insert',
        text,
        values: [
          part.map((row) => row.conversation),
          part.map((row) => row.key),
          part.map((row) => row.ref),
          part.map((row) => row.class),
          part.map((row) => row.partition),
          part.map((row) => row.at),
          part.map((row) => row.offset),
          part.map((row) => row.receivedAt),
          part.map((row) => row.id),
          part.map((row) => row.keyId),
          part.map((row) => row.detail),
          part.map((row) => row.metadata),
          part.map(() => false),
          part.map((row) => row.who),
          part.map((row) => row.content),
        ],
      });
      await client.query('COMMIT');
    }
    const perSecond = rate(rows.length, performance.now() - startedAt);
    await client.query(`DROP TABLE public.${name}`);
    return perSecond;
  } finally {
    client.release(true);
  }
}
