import { daysOf } from '../../projection/tables/days.ts';
import type { Projection } from '../../projection/tables/projection.ts';
import type { SchemaConnection } from '../../projection/tables/sql.ts';
import type { Recount } from '../../projection/tables/tallies.ts';
import type { TenantRules } from '../../projection/tables/tenant-rules.ts';
import { kindOf } from '../../projection/tables/windows.ts';
import type { MessageTalliesTable, WindowTalliesTable } from '../../store/projection-tables.ts';
import { DifferenceFound } from '../difference.ts';

/** Throws `DifferenceFound` where a tally is missing, too much or has another number. */
export async function compareTallies(
  projection: Projection,
  recount: Recount,
  partitions: readonly number[],
): Promise<void> {
  await compareWindowTallies(projection, recount, partitions);
  await compareMessageTallies(projection, recount, partitions);
}

async function compareWindowTallies(
  { client, schema }: Projection,
  recount: Recount,
  partitions: readonly number[],
) {
  const { rows } = await client.query<WindowTalliesTable>(
    `SELECT tenant, day, kind, channel, account, origin, category, partition, windows FROM ${schema}.window_tallies`,
  );
  const stored = new Map(rows.map((row) => [windowKey(row), row.windows]));
  for (const partition of partitions) {
    for (const { row, day, count } of recount.of(partition).windows.values()) {
      const key = windowKey({
        ...row,
        day,
        partition,
        origin: row.origin ?? '',
        category: row.category ?? '',
      });
      compare('windows', key, stored.get(key) ?? 0, count);
      stored.delete(key);
    }
  }
  for (const [key, windows] of stored) compare('windows', key, windows, 0);
}

function windowKey(row: Omit<WindowTalliesTable, 'windows'>): string {
  const kind = kindOf(row.kind);
  const sent = kind === 'receptive' ? '' : `, origin ${row.origin}, category ${row.category}`;
  return `tenant ${row.tenant}, ${row.day}, ${kind} on ${row.channel} ${row.account}${sent}, partition ${row.partition}`;
}

async function compareMessageTallies(
  { client, schema }: Projection,
  recount: Recount,
  partitions: readonly number[],
) {
  const { rows } = await client.query<MessageTalliesTable>(
    `SELECT tenant, day, partition, received, templates, free_form FROM ${schema}.message_tallies`,
  );
  const stored = new Map(rows.map((row) => [messageKey(row), row]));
  for (const partition of partitions) {
    for (const counted of recount.of(partition).messages.values()) {
      const key = messageKey({ ...counted, partition });
      const row = stored.get(key);
      compare('received messages', key, row?.received ?? 0, counted.received);
      compare('templates', key, row?.templates ?? 0, counted.templates);
      compare('free texts', key, row?.free_form ?? 0, counted.freeForm);
      stored.delete(key);
    }
  }
  for (const [key, row] of stored) {
    const sum = row.received + row.templates + row.free_form;
    throw new DifferenceFound(`The tally of messages for ${key} says ${sum}, but there are none.`);
  }
}

function messageKey({
  tenant,
  day,
  partition,
}: Pick<MessageTalliesTable, 'tenant' | 'day' | 'partition'>): string {
  return `tenant ${tenant}, ${day}, partition ${partition}`;
}

function compare(what: string, key: string, stored: number, counted: number): void {
  if (stored !== counted)
    throw new DifferenceFound(`The tally of ${what} for ${key} says ${stored}, but there are ${counted}.`);
}

/** The same for windows alone, in a statement for each calendar and without looking at each window here. */
export async function sumWindowTallies(
  { client, schema }: Projection,
  settings: ReadonlyMap<string, TenantRules>,
): Promise<void> {
  const byCalendar = Map.groupBy(settings, ([, { calendar }]) => calendar);
  for (const [calendar, entries] of byCalendar) {
    const tenants = entries.map(([tenant]) => tenant);
    const windows = `FROM ${schema}.windows w WHERE w.tenant = ANY ($1)`;
    const days = await daysOf(client, calendar, {
      text: `SELECT w.opened_at AS at ${windows}`,
      values: [tenants],
    });
    const { rows } = await client.query<WindowTalliesTable & { counted: number }>(
      `SELECT tenant, day, kind, channel, account, origin, category, partition, coalesce(t.windows, 0) AS windows,
         coalesce(w.counted, 0) AS counted
       FROM (SELECT tenant, ${days.of('opened_at')} AS day, kind, channel, account, coalesce(origin, '') AS origin,
         coalesce(category, '') AS category, partition, count(*) AS counted ${windows} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8) w
       FULL JOIN (SELECT * FROM ${schema}.window_tallies WHERE tenant = ANY ($1)) t
         USING (tenant, day, kind, channel, account, origin, category, partition)
       WHERE t.windows IS DISTINCT FROM w.counted LIMIT 1`,
      [tenants],
    );
    const [row] = rows;
    if (row !== undefined) compare('windows', windowKey(row), row.windows, row.counted);
  }
  await findStrangers({ client, schema }, [...settings.keys()]);
}

/** Tallies of a tenant that has no conversations. */
async function findStrangers(
  { client, schema }: SchemaConnection,
  tenants: readonly string[],
): Promise<void> {
  const { rows } = await client.query<WindowTalliesTable>(
    `SELECT tenant, day, kind, channel, account, origin, category, partition, windows FROM ${schema}.window_tallies
     WHERE tenant <> ALL ($1) LIMIT 1`,
    [tenants],
  );
  const [row] = rows;
  if (row !== undefined) compare('windows', windowKey(row), row.windows, 0);
}
