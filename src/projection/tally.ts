import type { ClientBase } from 'pg';
import { EVENT_CLASS } from '../domain/event.ts';
import type { MessageDelta } from './assess.ts';
import { prepared } from './sql.ts';
import type { WindowRow } from './windows.ts';

/** Counts that a batch changes, gathered per key so that each key is written once. */
export interface TallyDeltas {
  windows: Map<string, { row: WindowRow; count: number }>;
  messages: Map<
    string,
    { tenant: string; day: string; received: number; templates: number; freeForm: number }
  >;
}

export function noDeltas(): TallyDeltas {
  return { windows: new Map(), messages: new Map() };
}

export function countWindow(deltas: TallyDeltas, row: WindowRow, count: 1 | -1): void {
  const key = `${row.tenant}\n${row.day}\n${row.kind}\n${row.channel}\n${row.account}\n${row.origin}\n${row.category}`;
  const found = deltas.windows.get(key);
  if (found === undefined) deltas.windows.set(key, { row, count });
  else found.count += count;
}

export function countMessage(deltas: TallyDeltas, tenant: string, day: string, delta: MessageDelta): void {
  const key = `${tenant}\n${day}`;
  let found = deltas.messages.get(key);
  if (found === undefined) {
    found = { tenant, day, received: 0, templates: 0, freeForm: 0 };
    deltas.messages.set(key, found);
  }
  if (delta.class === EVENT_CLASS.received) found.received += delta.count;
  else if (delta.class === EVENT_CLASS.template) found.templates += delta.count;
  else found.freeForm += delta.count;
}

/** Adds the deltas of one partition to the stored tallies; rows that reach 0 go, for a rebuild would not have them. */
export async function writeTallies(
  client: ClientBase,
  schema: string,
  partition: number,
  deltas: TallyDeltas,
): Promise<void> {
  await writeWindowTallies(client, schema, partition, deltas);
  await writeMessageTallies(client, schema, partition, deltas);
}

async function writeWindowTallies(
  client: ClientBase,
  schema: string,
  partition: number,
  deltas: TallyDeltas,
) {
  const changes = [...deltas.windows.values()].filter((delta) => delta.count !== 0);
  if (changes.length === 0) return;
  const keys = [
    changes.map(({ row }) => row.tenant),
    changes.map(({ row }) => row.day),
    changes.map(({ row }) => row.kind),
    changes.map(({ row }) => row.channel),
    changes.map(({ row }) => row.account),
    changes.map(({ row }) => row.origin ?? ''),
    changes.map(({ row }) => row.category ?? ''),
  ];
  await prepared(
    client,
    `window tallies ${schema}`,
    `INSERT INTO ${schema}.window_tallies AS t
       (tenant, day, kind, channel, account, origin, category, partition, windows)
     SELECT d.tenant, d.day, d.kind, d.channel, d.account, d.origin, d.category, $9, d.windows
     FROM unnest($1::text[], $2::date[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[])
       AS d(tenant, day, kind, channel, account, origin, category, windows)
     ON CONFLICT (tenant, day, kind, channel, account, origin, category, partition)
     DO UPDATE SET windows = t.windows + excluded.windows`,
    [...keys, changes.map(({ count }) => count), partition],
  );
  if (changes.every(({ count }) => count > 0)) return;
  await prepared(
    client,
    `empty window tallies ${schema}`,
    `DELETE FROM ${schema}.window_tallies t
     USING unnest($1::text[], $2::date[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[])
       AS d(tenant, day, kind, channel, account, origin, category)
     WHERE t.windows = 0 AND t.partition = $8 AND t.tenant = d.tenant AND t.day = d.day AND t.kind = d.kind
       AND t.channel = d.channel AND t.account = d.account AND t.origin = d.origin AND t.category = d.category`,
    [...keys, partition],
  );
}

async function writeMessageTallies(
  client: ClientBase,
  schema: string,
  partition: number,
  deltas: TallyDeltas,
) {
  const changes = [...deltas.messages.values()].filter(
    (d) => d.received !== 0 || d.templates !== 0 || d.freeForm !== 0,
  );
  if (changes.length === 0) return;
  await prepared(
    client,
    `message tallies ${schema}`,
    `INSERT INTO ${schema}.message_tallies AS t (tenant, day, partition, received, templates, free_form)
     SELECT d.tenant, d.day, $6, d.received, d.templates, d.free_form
     FROM unnest($1::text[], $2::date[], $3::bigint[], $4::bigint[], $5::bigint[])
       AS d(tenant, day, received, templates, free_form)
     ON CONFLICT (tenant, day, partition) DO UPDATE SET received = t.received + excluded.received,
       templates = t.templates + excluded.templates, free_form = t.free_form + excluded.free_form`,
    [
      changes.map((d) => d.tenant),
      changes.map((d) => d.day),
      changes.map((d) => d.received),
      changes.map((d) => d.templates),
      changes.map((d) => d.freeForm),
      partition,
    ],
  );
  if (changes.every((d) => d.received >= 0 && d.templates >= 0 && d.freeForm >= 0)) return;
  await prepared(
    client,
    `empty message tallies ${schema}`,
    `DELETE FROM ${schema}.message_tallies t USING unnest($1::text[], $2::date[]) AS d(tenant, day)
     WHERE t.tenant = d.tenant AND t.day = d.day AND t.partition = $3
       AND t.received = 0 AND t.templates = 0 AND t.free_form = 0`,
    [changes.map((d) => d.tenant), changes.map((d) => d.day), partition],
  );
}
