import type { Kysely } from 'kysely';
import { EVENT_CLASS, type EventClass } from '../../domain/event.ts';
import type { WindowTotals } from '../../domain/usage.ts';
import type { Tables } from '../../store/tables.ts';
import { liveProjection } from './live-projection.ts';
import { plainArray, prepared, type SchemaConnection } from './sql.ts';
import { kindOf, type WindowRow } from './windows.ts';

/** Counts that a batch changes, gathered per key so that each key is written once. */
export interface TallyDeltas {
  windows: Map<string, { row: WindowRow; day: string; count: number }>;
  messages: Map<string, MessageCounts>;
}

/** Whose messages are counted, and on which of the tenant's days. */
export interface MessageKey {
  tenant: string;
  day: string;
  partition: number;
}

type MessageCounts = MessageKey & { received: number; templates: number; freeForm: number };

export function noDeltas(): TallyDeltas {
  return { windows: new Map(), messages: new Map() };
}

/** Windows that came into periods, by tenant and then period; one that only lost some is there with none. */
export type Counted = ReadonlyMap<string, ReadonlyMap<string, Readonly<WindowTotals>>>;

export function countedIn(deltas: Pick<TallyDeltas, 'windows'>): Counted {
  const counted = new Map<string, Map<string, WindowTotals>>();
  for (const { row, day, count } of deltas.windows.values()) {
    let periods = counted.get(row.tenant);
    if (periods === undefined) {
      periods = new Map();
      counted.set(row.tenant, periods);
    }
    const period = day.slice(0, 7);
    let totals = periods.get(period);
    if (totals === undefined) {
      totals = { receptive: 0, active: 0 };
      periods.set(period, totals);
    }
    if (count > 0) totals[kindOf(row.kind)] += count;
  }
  return counted;
}

/** `day`: the tenant's local one that contains the opening instant. */
export function countWindow(deltas: TallyDeltas, row: WindowRow, day: string, count: 1 | -1): void {
  const key = `${row.partition}\n${row.tenant}\n${day}\n${row.kind}\n${row.channel}\n${row.account}\n${row.origin}\n${row.category}`;
  const found = deltas.windows.get(key);
  if (found === undefined) deltas.windows.set(key, { row, day, count });
  else found.count += count;
}

export function countMessage(
  deltas: TallyDeltas,
  { tenant, day, partition }: MessageKey,
  delta: Pick<MessageDelta, 'class' | 'count'>,
): void {
  const key = `${partition}\n${tenant}\n${day}`;
  let found = deltas.messages.get(key);
  if (found === undefined) {
    found = { tenant, day, partition, received: 0, templates: 0, freeForm: 0 };
    deltas.messages.set(key, found);
  }
  if (delta.class === EVENT_CLASS.received) found.received += delta.count;
  else if (delta.class === EVENT_CLASS.template) found.templates += delta.count;
  else found.freeForm += delta.count;
}

/** Counts of windows and messages by local day of a projection. */
export interface Tallies {
  /** Adds to what is stored; rows that reach 0 go, for a rebuild would not have them. */
  add(deltas: TallyDeltas): Promise<void>;
  /** Takes all tallies of some partitions away. */
  clear(partitions: readonly number[]): Promise<void>;
}

export function talliesOn(on: SchemaConnection): Tallies {
  return {
    async add(deltas) {
      await addWindows(on, deltas);
      await addMessages(on, deltas);
    },
    async clear(partitions) {
      for (const table of ['window_tallies', 'message_tallies'])
        await on.client.query(`DELETE FROM ${on.schema}.${table} WHERE partition = ANY ($1)`, [
          plainArray(partitions),
        ]);
    },
  };
}

async function addWindows(on: SchemaConnection, deltas: TallyDeltas) {
  const changes = [...deltas.windows.values()].filter((delta) => delta.count !== 0);
  if (changes.length === 0) return;
  const keys = [
    changes.map(({ row }) => row.tenant),
    changes.map(({ day }) => day),
    changes.map(({ row }) => row.kind),
    changes.map(({ row }) => row.channel),
    changes.map(({ row }) => row.account),
    changes.map(({ row }) => row.origin ?? ''),
    changes.map(({ row }) => row.category ?? ''),
    changes.map(({ row }) => row.partition),
  ];
  await prepared(
    on,
    'window tallies',
    `INSERT INTO ${on.schema}.window_tallies AS t
       (tenant, day, kind, channel, account, origin, category, partition, windows)
     SELECT * FROM unnest($1::text[], $2::date[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[],
       $8::smallint[], $9::bigint[])
     ON CONFLICT (tenant, day, kind, channel, account, origin, category, partition)
     DO UPDATE SET windows = t.windows + excluded.windows`,
    [...keys, changes.map(({ count }) => count)],
  );
  if (changes.every(({ count }) => count > 0)) return;
  await prepared(
    on,
    'empty window tallies',
    `DELETE FROM ${on.schema}.window_tallies t
     USING unnest($1::text[], $2::date[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::smallint[])
       AS d(tenant, day, kind, channel, account, origin, category, partition)
     WHERE t.windows = 0 AND t.partition = d.partition AND t.tenant = d.tenant AND t.day = d.day AND t.kind = d.kind
       AND t.channel = d.channel AND t.account = d.account AND t.origin = d.origin AND t.category = d.category`,
    keys,
  );
}

async function addMessages(on: SchemaConnection, deltas: TallyDeltas) {
  const changes = [...deltas.messages.values()].filter(
    (d) => d.received !== 0 || d.templates !== 0 || d.freeForm !== 0,
  );
  if (changes.length === 0) return;
  await prepared(
    on,
    'message tallies',
    `INSERT INTO ${on.schema}.message_tallies AS t (tenant, day, partition, received, templates, free_form)
     SELECT * FROM unnest($1::text[], $2::date[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[])
     ON CONFLICT (tenant, day, partition) DO UPDATE SET received = t.received + excluded.received,
       templates = t.templates + excluded.templates, free_form = t.free_form + excluded.free_form`,
    [
      changes.map((d) => d.tenant),
      changes.map((d) => d.day),
      changes.map((d) => d.partition),
      changes.map((d) => d.received),
      changes.map((d) => d.templates),
      changes.map((d) => d.freeForm),
    ],
  );
  if (changes.every((d) => d.received >= 0 && d.templates >= 0 && d.freeForm >= 0)) return;
  await prepared(
    on,
    'empty message tallies',
    `DELETE FROM ${on.schema}.message_tallies t USING unnest($1::text[], $2::date[], $3::smallint[]) AS d(tenant, day, partition)
     WHERE t.tenant = d.tenant AND t.day = d.day AND t.partition = d.partition
       AND t.received = 0 AND t.templates = 0 AND t.free_form = 0`,
    [changes.map((d) => d.tenant), changes.map((d) => d.day), changes.map((d) => d.partition)],
  );
}

/** Whether the live projection knows any event of a tenant. */
export async function hasEvents(db: Kysely<Tables>, tenant: string): Promise<boolean> {
  const projection = await liveProjection(db);
  const row = await projection
    .selectFrom('conversations')
    .select('conversation')
    .where('tenant', '=', tenant)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** A message that joins or leaves the count of messages. */
export interface MessageDelta {
  at: number;
  class: EventClass;
  count: 1 | -1;
}

/** Counts of windows and messages per partition, to be compared with the stored tallies. */
export interface Recount {
  of(partition: number): TallyDeltas;
  countWindow(row: WindowRow, day: string): void;
}

export function createRecount(): Recount {
  const partitions = new Map<number, TallyDeltas>();
  const of = (partition: number) => {
    let deltas = partitions.get(partition);
    if (deltas === undefined) {
      deltas = noDeltas();
      partitions.set(partition, deltas);
    }
    return deltas;
  };
  return { of, countWindow: (row, day) => countWindow(of(row.partition), row, day, 1) };
}
