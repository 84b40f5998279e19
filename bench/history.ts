import { sql } from 'kysely';
import type { Database } from '../src/store/database.ts';
import { atLeast, type Finding } from './lib/stats.ts';
import { benchEvents } from './lib/traffic.ts';
import { inWorld } from './lib/world.ts';
import { fill, projectionRate, TRAFFIC } from './projection.ts';

/** The first change of each page after a checkpoint is written to the WAL whole: with a checkpoint in half an hour, a share of the way that is too small to be measured with it. */
const WARM_UP = 400_000;

/** Projection beside a long history, against the same on an empty database in the same run. */
export async function benchHistory(stored: number, count: number): Promise<Finding[]> {
  const rates: number[] = [];
  for (const history of [0, stored]) {
    await inWorld(async (world) => {
      const { url, database } = await world.database();
      if (history > 0) await fillHistory(database, { events: history, perConversation: 10 });
      const log = await world.postgresLog(url);
      const events = [...benchEvents({ ...TRAFFIC, events: WARM_UP + count, seed: 4, prefix: 'h' })];
      await fill(log, database, events.slice(0, WARM_UP));
      await projectionRate(url, log, WARM_UP);
      await fill(log, database, events.slice(WARM_UP));
      rates.push(await projectionRate(url, log, count));
    });
  }
  const [empty = 0, full = 0] = rates;
  const measured = `${full} events/s with ${stored} events stored, ${empty} with none`;
  return [atLeast('projection beside a long history', measured, full / empty, 0.8)];
}

const CHUNK = 1_000_000;

/** Events of the past as sealed records leave them, and one window in each conversation. */
export async function fillHistory(
  { db }: Database,
  { events, perConversation }: { events: number; perConversation: number },
): Promise<void> {
  const start = Date.UTC(2026, 0, 1);
  const conversations = (from: number) =>
    sql`generate_series(${from / perConversation}::bigint, ${Math.min(from + CHUNK, events) / perConversation - 1}::bigint) AS c`;
  for (let from = 0; from < events; from += CHUNK) {
    await sql`
      INSERT INTO projection.events
        (conversation, key, ref, class, partition, at, "offset", received_at, id, key_id, detail, metadata, who, content)
      SELECT md5('c' || i / ${perConversation}::int)::uuid, md5('e' || i)::uuid, CASE WHEN i % 7 = 0 THEN md5('e' || i - 1)::uuid END,
        CASE WHEN i % 7 = 0 THEN 3 ELSE (i % 2) * 2 END, (i / ${perConversation}::int) % 12, ${start}::bigint + i, i, ${start}::bigint + i,
        '', 'bench', '{"origin":"api"}', NULL, decode(repeat(md5('w' || i), 5), 'hex'), md5('t' || i)::uuid
      FROM generate_series(${from}::bigint, ${Math.min(from + CHUNK, events) - 1}::bigint) AS i`.execute(db);
    await sql`
      INSERT INTO projection.conversations (conversation, tenant, channel, account, contact)
      SELECT md5('c' || c)::uuid, 'tenant-' || c % 20, 'whatsapp', '551140000000', ''
      FROM ${conversations(from)}`.execute(db);
    await sql`
      INSERT INTO projection.windows (conversation, opened_at, closes_at, opener, kind, partition, "offset", tenant,
        channel, account, opened_by, rule)
      SELECT md5('c' || c)::uuid, ${start}::bigint + c, ${start}::bigint + c + 86400000,
        md5('e' || c * ${perConversation}::int)::uuid, 0, c % 12, c, 'tenant-' || c % 20, 'whatsapp', '551140000000', '', 'fixed'
      FROM ${conversations(from)}`.execute(db);
  }
  for (const table of ['events', 'conversations', 'windows']) {
    await sql`VACUUM ANALYZE ${sql.table(`projection.${table}`)}`.execute(db);
  }
  await sql`CHECKPOINT`.execute(db);
}
