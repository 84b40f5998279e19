import { sql } from 'kysely';
import { normaliseName } from '../domain/conversation.ts';
import { type Fate, judge, refOf } from '../domain/effective.ts';
import { EVENT_CLASS, isMessage, isReceipt, isSent } from '../domain/event.ts';
import { contentText } from '../log/record/content.ts';
import type { EventDetail } from '../log/record/logged-event.ts';
import { type FullEvent, relativesByKeys } from './read/events.ts';
import { byHashing, type ReadSnapshot } from './read/snapshot.ts';
import type { BatchEvent, ConversationKey, Quarantined, StoredEvent } from './tables/events.ts';
import type { Unsealing } from './unsealing.ts';

/*
 * Which stored events bear on which, by the keys that they bear and name, and what became of each: receipts and voids
 * decide the fate of a message, voids that of a receipt too (the rule for one conversation is in
 * `domain/effective.ts`); and a second event of an id is a duplicate or in conflict.
 */

/**
 * The keys that these events name, as far as they were not asked for yet. Adds them to `asked`, each as conversation +
 * key.
 */
export function keysNamed(
  events: readonly (ConversationKey & { ref: string | null })[],
  asked: Set<string>,
): ConversationKey[] {
  const keys: ConversationKey[] = [];
  for (const { conversation, key, ref } of events) {
    if (ref === null || ref === key) continue;
    const named = conversation + ref;
    if (asked.has(named)) continue;
    asked.add(named);
    keys.push({ conversation, key: ref });
  }
  return keys;
}

/** Of each kind of event that names one, how many are looked at: they decide as all would. */
const MOST_OF_A_KIND = 5;

/**
 * The events together with what decides their fate and what they name: receipts and voids of messages, voids of receipts,
 * messages of receipts, targets of voids; of each kind five at most, and of receipts none that was voided. What is added
 * comes without detail and metadata.
 */
export async function withRelatives(
  snapshot: ReadSnapshot,
  events: readonly FullEvent[],
): Promise<FullEvent[]> {
  const known = new Map(events.map((event) => [event.conversation + event.key, event]));
  // By these other events can bear on them.
  const keys = [...known.values(), ...keysNamed(events, new Set(known.keys()))];
  for (const event of await relativesByKeys(snapshot, keys, MOST_OF_A_KIND)) {
    const id = event.conversation + event.key;
    if (!known.has(id)) known.set(id, event);
  }
  return [...known.values()];
}

/** What became of events, given all that bears on them (`withRelatives`). They may be of several conversations. */
export interface Verdicts {
  fate(event: FullEvent): Fate;
  delivered(event: FullEvent): boolean;
  /** Whether a receipt or void names something it can apply to; true for everything else. */
  applies(event: FullEvent): boolean;
  /** The receipts and voids that made the event's fate what it is; none where nothing was against it. */
  reasons(event: FullEvent): FullEvent[];
}

export function verdictsOf(events: readonly FullEvent[]): Verdicts {
  const conversations = new Map(
    Array.from(
      Map.groupBy(events, (event) => event.conversation),
      ([conversation, own]) => [conversation, judgeConversation(own)],
    ),
  );
  const of = (event: FullEvent) => {
    const found = conversations.get(event.conversation);
    if (found === undefined) throw new Error('an event of a conversation that was not judged');
    return found;
  };
  return {
    fate: (event) => of(event).fate(event),
    delivered: (event) => of(event).delivered(event),
    applies: (event) => of(event).applies(event),
    reasons: (event) => of(event).reasons(event),
  };
}

function judgeConversation(events: readonly FullEvent[]): Verdicts {
  const judgement = judge(events);
  const sentNames = new Set(events.filter(({ class: c }) => isSent(c)).map(refOf));
  const voidable = new Set(events.filter(({ class: c }) => c !== EVENT_CLASS.void).map(({ key }) => key));
  const naming = Map.groupBy(
    events.filter(({ class: c }) => isReceipt(c) || c === EVENT_CLASS.void),
    (event) => event.ref,
  );
  return {
    ...judgement,
    applies(event) {
      if (isReceipt(event.class)) return sentNames.has(event.ref);
      return event.class !== EVENT_CLASS.void || (event.ref !== null && voidable.has(event.ref));
    },
    reasons(event) {
      if (event.class === EVENT_CLASS.void) return [];
      if (judgement.fate(event) === 'voided')
        return (naming.get(event.key) ?? []).filter(({ class: c }) => c === EVENT_CLASS.void);
      if (!isMessage(event.class) || !isSent(event.class)) return [];
      const receipts = (naming.get(refOf(event)) ?? []).filter(
        (other) => isReceipt(other.class) && judgement.fate(other) === 'effective',
      );
      const failed = receipts.some((receipt) => receipt.class === EVENT_CLASS.failed);
      return failed ? receipts : [];
    },
  };
}

/** What became of the events of a conversation from one instant (ms) to another, exclusive. */
export interface FateCounts {
  /** Messages. */
  effective: number;
  failed: number;
  /** Events of any kind. */
  voided: number;
}

/** Counts in the database what `verdictsOf` says of each: for windows with more events than anybody reads. */
export async function countFates(
  { db, schema }: ReadSnapshot,
  { conversation, from, to }: { conversation: string; from: number; to: number },
): Promise<FateCounts> {
  const own = sql`${sql.id(schema, 'events')} e WHERE e.conversation = ${conversation}::uuid`;
  const { failed, void: voids, freeText } = EVENT_CLASS;
  const { rows } = await byHashing(
    db,
    async () =>
      await sql<FateCounts>`
    WITH failed AS MATERIALIZED (
      SELECT e.ref AS name FROM ${own} AND e.class IN (${EVENT_CLASS.delivered}, ${EVENT_CLASS.read}, ${failed})
        AND NOT e.voided GROUP BY e.ref HAVING bool_and(e.class = ${failed})),
    inside AS (SELECT e.class, e.voided, coalesce(e.ref, e.key) AS name FROM ${own} AND e.at >= ${from} AND e.at < ${to}),
    judged AS (
      SELECT i.class, i.voided AND i.class <> ${voids} AS voided,
        f.name IS NOT NULL AND i.class IN (${EVENT_CLASS.template}, ${freeText}) AS failed
      FROM inside i LEFT JOIN failed f ON f.name = i.name)
    SELECT count(*) FILTER (WHERE voided) AS voided, count(*) FILTER (WHERE failed AND NOT voided) AS failed,
      count(*) FILTER (WHERE class <= ${freeText} AND NOT failed AND NOT voided) AS effective
    FROM judged`.execute(db),
  );
  return rows[0] ?? { effective: 0, failed: 0, voided: 0 };
}

/**
 * Whether two events with one id say the same. Contract section 1, "Event identity": of a receipt only type and
 * message are content; metadata never is.
 */
export function sameContent(
  a: ContentfulEvent,
  b: ContentfulEvent,
  contentHash: Unsealing['contentHash'],
): boolean {
  if (a.class !== b.class || a.ref !== b.ref) return false;
  if (isReceipt(a.class)) return true;
  if (a.content !== null && b.content !== null) return a.content === b.content;
  if (a.at !== b.at) return false;
  if (a.content === null && b.content === null) return sameDetail(a.detail, b.detail);
  return keyedContent(a, contentHash) === keyedContent(b, contentHash);
}

type ContentfulEvent = Pick<StoredEvent, 'class' | 'ref' | 'at' | 'detail' | 'content'>;

/** Of one that came in clear it is computed when it is needed. */
function keyedContent(
  { class: eventClass, at, detail, content }: ContentfulEvent,
  hash: Unsealing['contentHash'],
): string {
  if (content !== null) return content.replaceAll('-', '');
  return hash(contentText(eventClass, at, detail === null ? {} : (JSON.parse(detail) as EventDetail)));
}

/** Records of before categories were lower-cased have them as they came. */
function sameDetail(a: string | null, b: string | null): boolean {
  if (a === b) return true;
  return a !== null && b !== null && withLowerCategory(a) === withLowerCategory(b);
}

function withLowerCategory(json: string): string {
  const detail = JSON.parse(json) as EventDetail;
  if (detail.template !== undefined) detail.template.category = normaliseName(detail.template.category);
  return JSON.stringify(detail);
}

/** What keeps an event out that has the id of an accepted one and other content. */
export function conflictWith(
  accepted: Pick<StoredEvent, 'partition' | 'offset'>,
  event: BatchEvent,
): Quarantined {
  const detail = `another event with this id and other content stands at partition ${accepted.partition}, offset ${accepted.offset}`;
  const { partition, offset, record } = event;
  return { partition, offset, reason: 'conflict', detail, record, event };
}
