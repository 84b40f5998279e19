import type { ClientBase } from 'pg';
import type { EventsTable } from '../store/projection-tables.ts';
import { type BinaryRows, createBinaryRows } from './copy-binary.ts';
import type { BatchEvent, Quarantined } from './decode.ts';
import { copyInto, plainArray, prepared, uuidArray } from './sql.ts';

const EVENT_COLUMNS = [
  'conversation',
  'key',
  'ref',
  'class',
  'partition',
  'at',
  'offset',
  'received_at',
  'id',
  'key_id',
  'detail',
  'metadata',
] as const satisfies readonly (keyof EventsTable)[];

/** Loads events that are known to be new: one writer per partition, fenced by the position. */
export async function writeEvents(
  client: ClientBase,
  schema: string,
  events: readonly BatchEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const rows = createBinaryRows();
  for (const event of events) addEvent(rows, event);
  await copyEvents(client, schema, rows);
}

/** Adds a row for `copyEvents`. */
export function addEvent(rows: BinaryRows, event: BatchEvent): void {
  rows.row(EVENT_COLUMNS.length);
  rows.uuid(event.conversation);
  rows.uuid(event.key);
  rows.uuid(event.ref);
  rows.smallint(event.class);
  rows.smallint(event.partition);
  rows.bigint(event.at);
  rows.bigint(event.offset);
  rows.bigint(event.receivedAt);
  rows.text(event.id);
  rows.text(event.keyId);
  rows.text(event.detail);
  rows.text(event.metadata);
}

export async function copyEvents(client: ClientBase, schema: string, rows: BinaryRows): Promise<void> {
  await copyInto(client, `${schema}.events`, EVENT_COLUMNS, rows.end());
}

/** Writes down who talks to whom, once per conversation. */
export async function writeConversations(
  client: ClientBase,
  schema: string,
  firsts: readonly BatchEvent[],
): Promise<void> {
  if (firsts.length === 0) return;
  await prepared(
    client,
    `conversations ${schema}`,
    `INSERT INTO ${schema}.conversations (conversation, tenant, channel, account, contact)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
     ON CONFLICT (conversation) DO NOTHING`,
    [
      uuidArray(firsts.map((e) => e.conversation)),
      firsts.map((e) => e.tenant),
      firsts.map((e) => e.channel),
      firsts.map((e) => e.account),
      firsts.map((e) => e.contact),
    ],
  );
}

export async function writeQuarantine(
  client: ClientBase,
  schema: string,
  rows: readonly Quarantined[],
): Promise<void> {
  if (rows.length === 0) return;
  await prepared(
    client,
    `quarantine ${schema}`,
    `INSERT INTO ${schema}.quarantine (partition, "offset", reason, detail, tenant, conversation, key, record)
     SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::uuid[],
       $8::bytea[])`,
    [
      plainArray(rows.map((row) => row.partition)),
      plainArray(rows.map((row) => row.offset)),
      rows.map((row) => row.reason),
      rows.map((row) => row.detail),
      rows.map((row) => row.event?.tenant ?? null),
      plainArray(rows.map((row) => row.event?.conversation ?? null)),
      plainArray(rows.map((row) => row.event?.key ?? null)),
      rows.map((row) => row.record),
    ],
  );
}
