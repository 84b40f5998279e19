import type { Event } from '../../src/domain/event.ts';
import { foldHistories } from '../../src/domain/history.ts';
import { DEFAULT_RULES } from '../../src/domain/rule.ts';
import type { Database } from '../../src/store/database.ts';
import { withSealer } from './sealer.ts';

/** Throws unless the stored windows of these events' tenants are those of the fold from scratch. */
export async function checkWindows(database: Database, events: Iterable<Event>): Promise<number> {
  const expected = new Map<string, string>();
  await withSealer(database, async ({ idHash }) => {
    for (const { windows } of foldHistories(events, () => DEFAULT_RULES)) {
      for (const { kind, openedAt, closesAt, opener } of windows) {
        expected.set(`${opener.event.tenant} ${idHash(opener.id)}`, `${kind} ${openedAt} ${closesAt}`);
      }
    }
  });
  const { rows } = await database.pool.query<{
    tenant: string;
    opener: string;
    kind: number;
    opened_at: number;
    closes_at: number;
  }>('SELECT tenant, opener, kind, opened_at, closes_at FROM projection.windows');
  for (const { tenant, opener, kind, opened_at, closes_at } of rows) {
    const id = `${tenant} ${opener.replaceAll('-', '')}`;
    const found = `${kind === 0 ? 'receptive' : 'active'} ${opened_at} ${closes_at}`;
    if (expected.get(id) !== found) throw new Error(`window ${id} is ${found}, not ${expected.get(id)}`);
  }
  if (rows.length !== expected.size)
    throw new Error(`${rows.length} windows are stored, the fold gives ${expected.size}`);
  return rows.length;
}
