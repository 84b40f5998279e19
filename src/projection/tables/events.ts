import type { Fact } from '../../domain/effective.ts';
import type { LoggedEvent } from '../../log/record/logged-event.ts';
import { SEALED_AT } from '../../log/record/sealed-record.ts';
import type { EventsTable } from '../../store/projection-tables.ts';
import {
  type BinaryRows,
  copyInto,
  createBinaryRows,
  plainArray,
  prepared,
  type SchemaConnection,
  uuidArray,
} from './sql.ts';

/** Events of a projection, who they are of, and what stays out of them: every row that is written there. */
export interface Events {
  /** The stored events that name one of the keys, of each no more than a few, or bear one; `borne`: those that may be borne. */
  byKeys(keys: readonly ConversationKey[], borne?: readonly ConversationKey[]): Promise<FoundByKeys>;
  /** Of what names each key one standing event of each class that can decide a fate, `except` passed over. */
  deciding(keys: readonly ConversationKey[], except: readonly ConversationKey[]): Promise<StoredEvent[]>;
  /** Sent messages, voided ones aside, that are named by a key which is not their own. */
  sentUnder(names: readonly ConversationKey[]): Promise<StoredEvent[]>;
  /** Instants (ms) of the last messages of conversations, where there are some. */
  lastMessageInstants(conversations: readonly string[]): Promise<Map<string, number>>;
  /** Loads events that are known to be new, those `voided` marked: one writer per partition, fenced by the position. */
  write(events: readonly BatchEvent[], voided: ReadonlySet<BatchEvent>): Promise<void>;
  /** Marks stored events as voided. */
  markVoided(events: readonly ConversationKey[]): Promise<void>;
  /** The same by where they stand in the log, for tables without indexes. */
  markVoidedAt(places: readonly Place[]): Promise<void>;
  /** Loads rows made by `addEvent`. */
  load(rows: BinaryRows): Promise<void>;
  /** Takes events away by where they stand in the log. */
  remove(places: readonly Place[]): Promise<void>;
  /** Writes down who talks to whom, once per conversation. */
  writeConversations(firsts: readonly BatchEvent[]): Promise<void>;
  writeQuarantine(rows: readonly Quarantined[]): Promise<void>;
  /** Everybody who has events. */
  tenants(): Promise<Set<string>>;
}

/** Where a record stands in the log. */
type Place = Pick<StoredEvent, 'partition' | 'offset'>;

export function eventsOn(on: SchemaConnection): Events {
  return {
    byKeys: (keys, borne = keys) => byKeys(on, keys, borne),
    lastMessageInstants: (conversations) => lastMessageInstants(on, conversations),
    deciding: (keys, except) => deciding(on, keys, except),
    sentUnder: (names) => sentUnder(on, names),
    async write(events, voided) {
      if (events.length === 0) return;
      const rows = createBinaryRows();
      for (const event of events) addEvent(rows, event, voided.has(event));
      await load(on, rows);
    },
    markVoided: (events) => markVoided(on, events),
    markVoidedAt: (places) => markVoidedAt(on, places),
    load: (rows) => load(on, rows),
    remove: (places) => remove(on, places),
    writeConversations: (firsts) => writeConversations(on, firsts),
    writeQuarantine: (rows) => writeQuarantine(on, rows),
    tenants: () => tenants(on),
  };
}

/**
 * An event of the projection as far as the fold needs it. Hashes in hex, `at` in ms; `ref` is null of a sent message that
 * is named by its own id; `id` is empty where it is sealed and was not opened.
 */
export interface StoredEvent extends Fact {
  conversation: string;
  at: number;
  id: string;
  partition: number;
  offset: number;
  /** JSON of an `EventDetail`. */
  detail: string | null;
  /** Keyed hash of its content; null: a record of format 1. */
  content: string | null;
}

/** A key that events of a conversation may bear as their own or name: hash of an id or of a `message`. */
export interface ConversationKey {
  conversation: string;
  key: string;
}

/** Columns of a `StoredEvent`. */
export const COLUMNS =
  'e.conversation, e.key, e.ref, e.class, e.at, e.id, e.partition, e."offset", e.detail, e.content, e.voided';

/** What bears or names some keys. */
interface FoundByKeys {
  /** An event that does both comes twice. */
  events: StoredEvent[];
  /** Keys that more may name than was read. */
  crowded: ConversationKey[];
}

/** Of the events that name one key so many are read at once: more than a message has in good use. */
const FEW = 8;

async function byKeys(
  on: SchemaConnection,
  keys: readonly ConversationKey[],
  borne: readonly ConversationKey[],
): Promise<FoundByKeys> {
  if (keys.length === 0) return { events: [], crowded: [] };
  const events = await prepared<StoredEvent>(
    on,
    'events by keys',
    `SELECT ${COLUMNS} FROM unnest($1::uuid[], $2::uuid[]) AS k(conversation, key)
     JOIN ${on.schema}.events e ON e.conversation = k.conversation AND e.key = k.key
     UNION ALL
     SELECT ${COLUMNS} FROM unnest($3::uuid[], $4::uuid[]) AS k(conversation, key) CROSS JOIN LATERAL (SELECT * FROM ${on.schema}.events x
       WHERE x.conversation = k.conversation AND x.ref = k.key AND x.ref IS NOT NULL LIMIT ${FEW}) e`,
    [...keyArrays(borne), ...keyArrays(keys)],
  );
  return { events, crowded: crowdedAmong(events) };
}

function keyArrays(keys: readonly ConversationKey[]): [Buffer, Buffer] {
  return [uuidArray(keys.map((k) => k.conversation)), uuidArray(keys.map((k) => k.key))];
}

/** Names that are borne out by as many rows as were read of one; one more may be an event found by its own key. */
function crowdedAmong(events: readonly StoredEvent[]): ConversationKey[] {
  if (events.length < FEW) return [];
  const counts = new Map<string, number>();
  const crowded: ConversationKey[] = [];
  for (const { conversation, ref } of events) {
    if (ref === null) continue;
    const name = conversation + ref;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    if (count === FEW) crowded.push({ conversation, key: ref });
  }
  return crowded;
}

async function deciding(
  on: SchemaConnection,
  keys: readonly ConversationKey[],
  except: readonly ConversationKey[],
): Promise<StoredEvent[]> {
  if (keys.length === 0) return [];
  return await prepared<StoredEvent>(
    on,
    'deciding events',
    `SELECT ${COLUMNS} FROM unnest($1::uuid[], $2::uuid[]) AS k(conversation, key)
     CROSS JOIN (VALUES (3), (4), (5), (6)) AS c(class)
     CROSS JOIN LATERAL (SELECT * FROM ${on.schema}.events x
       WHERE x.conversation = k.conversation AND x.ref = k.key AND x.ref IS NOT NULL AND x.class = c.class
         AND NOT x.voided AND NOT EXISTS (SELECT FROM unnest($3::uuid[], $4::uuid[]) AS o(conversation, key)
           WHERE o.conversation = x.conversation AND o.key = x.key) LIMIT 1) e`,
    [...keyArrays(keys), ...keyArrays(except)],
  );
}

async function sentUnder(on: SchemaConnection, names: readonly ConversationKey[]): Promise<StoredEvent[]> {
  if (names.length === 0) return [];
  return await prepared<StoredEvent>(
    on,
    'sent under names',
    `SELECT ${COLUMNS} FROM unnest($1::uuid[], $2::uuid[]) AS k(conversation, key)
     CROSS JOIN (VALUES (1), (2)) AS c(class)
     JOIN ${on.schema}.events e ON e.conversation = k.conversation AND e.ref = k.key AND e.ref IS NOT NULL
       AND e.class = c.class AND NOT e.voided`,
    keyArrays(names),
  );
}

async function markVoided(on: SchemaConnection, events: readonly ConversationKey[]): Promise<void> {
  if (events.length === 0) return;
  await prepared(
    on,
    'mark voided',
    `UPDATE ${on.schema}.events e SET voided = true FROM unnest($1::uuid[], $2::uuid[]) AS k(conversation, key)
     WHERE e.conversation = k.conversation AND e.key = k.key`,
    keyArrays(events),
  );
}

async function markVoidedAt({ client, schema }: SchemaConnection, places: readonly Place[]): Promise<void> {
  if (places.length === 0) return;
  await client.query(
    `UPDATE ${schema}.events e SET voided = true FROM unnest($1::smallint[], $2::bigint[]) AS d(partition, "offset")
     WHERE e.partition = d.partition AND e."offset" = d."offset"`,
    placeArrays(places),
  );
}

async function lastMessageInstants(
  on: SchemaConnection,
  conversations: readonly string[],
): Promise<Map<string, number>> {
  if (conversations.length === 0) return new Map();
  const rows = await prepared<{ conversation: string; at: number }>(
    on,
    'last messages',
    `SELECT c.conversation, m.at FROM unnest($1::uuid[]) AS c(conversation)
     CROSS JOIN LATERAL (SELECT e.at FROM ${on.schema}.events e WHERE e.conversation = c.conversation AND e.class <= 2
       ORDER BY e.at DESC LIMIT 1) m`,
    [uuidArray(conversations)],
  );
  return new Map(rows.map((row) => [row.conversation, row.at]));
}

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
  'voided',
  'who',
  'content',
] as const satisfies readonly (keyof EventsTable)[];

/** Adds a row for `Events.load`. */
export function addEvent(rows: BinaryRows, event: BatchEvent, voided = false): void {
  const { who } = event;
  const isSealed = who !== null;
  rows.row(EVENT_COLUMNS.length);
  if (isSealed) {
    rows.uuidIn(event.record, SEALED_AT.conversation);
    rows.uuidIn(event.record, SEALED_AT.id);
  } else {
    rows.uuid(event.conversation);
    rows.uuid(event.key);
  }
  if (isSealed && event.ref !== null) rows.uuidIn(event.record, SEALED_AT.ref);
  else rows.uuid(event.ref);
  rows.smallint(event.class);
  rows.smallint(event.partition);
  rows.bigint(event.at);
  rows.bigint(event.offset);
  rows.bigint(event.receivedAt);
  rows.text(event.id);
  rows.text(event.keyId);
  rows.text(event.detail);
  rows.text(event.metadata);
  rows.boolean(voided);
  rows.bytes(who);
  if (isSealed) rows.uuidIn(event.record, SEALED_AT.content);
  else rows.uuid(null);
}

async function load({ client, schema }: SchemaConnection, rows: BinaryRows): Promise<void> {
  await copyInto(client, `${schema}.events`, EVENT_COLUMNS, rows.end());
}

async function remove({ client, schema }: SchemaConnection, places: readonly Place[]): Promise<void> {
  await client.query(
    `DELETE FROM ${schema}.events e USING unnest($1::smallint[], $2::bigint[]) AS d(partition, "offset")
     WHERE e.partition = d.partition AND e."offset" = d."offset"`,
    placeArrays(places),
  );
}

function placeArrays(places: readonly Place[]): [string, string] {
  return [
    plainArray(places.map(({ partition }) => partition)),
    plainArray(places.map(({ offset }) => offset)),
  ];
}

async function tenants({ client, schema }: SchemaConnection): Promise<Set<string>> {
  const { rows } = await client.query<{ tenant: string }>(
    `SELECT DISTINCT tenant FROM ${schema}.conversations`,
  );
  return new Set(rows.map(({ tenant }) => tenant));
}

async function writeConversations(on: SchemaConnection, firsts: readonly BatchEvent[]): Promise<void> {
  if (firsts.length === 0) return;
  await prepared(
    on,
    'conversations',
    `INSERT INTO ${on.schema}.conversations (conversation, tenant, channel, account, contact)
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

async function writeQuarantine(on: SchemaConnection, rows: readonly Quarantined[]): Promise<void> {
  if (rows.length === 0) return;
  await prepared(
    on,
    'quarantine',
    `INSERT INTO ${on.schema}.quarantine (partition, "offset", reason, detail, tenant, conversation, key, record)
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

export type FoldableEvent = StoredEvent & { delivered: boolean };

/** An event of a batch: logged, and as the fold needs it. */
export type BatchEvent = LoggedEvent;

type QuarantineReason = 'conflict' | 'unreadable';

/** A log record that stays out of the fold, and why. */
export interface Quarantined {
  partition: number;
  offset: number;
  reason: QuarantineReason;
  detail: string;
  record: Buffer;
  event: BatchEvent | null;
}
