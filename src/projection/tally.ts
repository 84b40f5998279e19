import type { ClientBase } from 'pg';
import { EVENT_CLASS } from '../domain/event.ts';
import type { MessageDelta } from './assess.ts';
import { prepared } from './sql.ts';
import type { WindowRow } from './windows.ts';

/** Counts that a batch changes, gathered per key so that each key is written once. */
export interface TallyDeltas {
  windows: Map<string, { row: WindowRow; count: number }>;
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

export function countWindow(deltas: TallyDeltas, row: WindowRow, count: 1 | -1): void {
  const key = `${row.partition}\n${row.tenant}\n${row.day}\n${row.kind}\n${row.channel}\n${row.account}\n${row.origin}\n${row.category}`;
  const found = deltas.windows.get(key);
  if (found === undefined) deltas.windows.set(key, { row, count });
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

/** Adds the deltas to the stored tallies; rows that reach 0 go, for a rebuild would not have them. */
export async function writeTallies(client: ClientBase, schema: string, deltas: TallyDeltas): Promise<void> {
  await writeWindowTallies(client, schema, deltas);
  await writeMessageTallies(client, schema, deltas);
}

async function writeWindowTallies(client: ClientBase, schema: string, deltas: TallyDeltas) {
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
    changes.map(({ row }) => row.partition),
  ];
  await prepared(
    client,
    `window tallies ${schema}`,
    `INSERT INTO ${schema}.window_tallies AS t
       (tenant, day, kind, channel, account, origin, category, partition, windows)
     SELECT * FROM unnest($1::text[], $2::date[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[],
       $8::smallint[], $9::bigint[])
     ON CONFLICT (tenant, day, kind, channel, account, origin, category, partition)
     DO UPDATE SET windows = t.windows + excluded.windows`,
    [...keys, changes.map(({ count }) => count)],
  );
  if (changes.every(({ count }) => count > 0)) return;
  await prepared(
    client,
    `empty window tallies ${schema}`,
    `DELETE FROM ${schema}.window_tallies t
     USING unnest($1::text[], $2::date[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::smallint[])
       AS d(tenant, day, kind, channel, account, origin, category, partition)
     WHERE t.windows = 0 AND t.partition = d.partition AND t.tenant = d.tenant AND t.day = d.day AND t.kind = d.kind
       AND t.channel = d.channel AND t.account = d.account AND t.origin = d.origin AND t.category = d.category`,
    keys,
  );
}

async function writeMessageTallies(client: ClientBase, schema: string, deltas: TallyDeltas) {
  const changes = [...deltas.messages.values()].filter(
    (d) => d.received !== 0 || d.templates !== 0 || d.freeForm !== 0,
  );
  if (changes.length === 0) return;
  await prepared(
    client,
    `message tallies ${schema}`,
    `INSERT INTO ${schema}.message_tallies AS t (tenant, day, partition, received, templates, free_form)
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
    client,
    `empty message tallies ${schema}`,
    `DELETE FROM ${schema}.message_tallies t USING unnest($1::text[], $2::date[], $3::smallint[]) AS d(tenant, day, partition)
     WHERE t.tenant = d.tenant AND t.day = d.day AND t.partition = d.partition
       AND t.received = 0 AND t.templates = 0 AND t.free_form = 0`,
    [changes.map((d) => d.tenant), changes.map((d) => d.day), changes.map((d) => d.partition)],
  );
}
