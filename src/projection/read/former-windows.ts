/** Which windows there were when the log was shorter. */

import { CompiledQuery } from 'kysely';
import { compareCanonical, EVENT_CLASS, type EventClass } from '../../domain/event.ts';
import { isFixedOnly, type RuleTimeline, waitsForDelivery } from '../../domain/rule.ts';
import { type FoldStart, fold } from '../../domain/window.ts';
import { COLUMNS, type FoldableEvent } from '../tables/events.ts';
import { fatesIn, type Run, readBlocks } from '../tables/fold-reader.ts';
import { type Opening, openTies, unsealingOver } from '../unsealing.ts';
import type { ReadSnapshot } from './snapshot.ts';

/** A conversation when its log ended before an offset. */
export interface FormerLog {
  conversation: string;
  channel: string;
  /** Offset of the first record that had not come yet. */
  before: number;
  /** Openers of the windows that are asked for, the last of which opens at an instant (ms). */
  openers: ReadonlySet<string>;
  until: number;
}

/** Conversations folded side by side. */
const AT_ONCE = 200;
/** Messages in hand, at least so many of each conversation. */
const IN_HAND = 16_384;
const PORTION = 64;

/** Of each conversation those of the openers asked for that opened a window then. Read in portions, however long they are. */
export async function formerOpeners(
  view: ReadSnapshot,
  asked: readonly FormerLog[],
  { rules, unsealing }: { rules: RuleTimeline; unsealing: Opening },
): Promise<Set<string>[]> {
  const all = asked.map((log): Reading => {
    return { log, at: EARLIEST, class: -1, start: { window: null, contactWroteAt: null }, found: new Set() };
  });
  const run: Run = async <Row>(_: string, text: string, values: unknown[]) =>
    (await view.db.executeQuery<Row>(CompiledQuery.raw(text, values))).rows;
  for (let i = 0; i < all.length; i += AT_ONCE) {
    let readings = all.slice(i, i + AT_ONCE);
    while (readings.length > 0) {
      const limit = isFixedOnly(rules) ? PORTION : Math.max(PORTION, Math.floor(IN_HAND / readings.length));
      const messages = await nextMessages(view.schema, run, readings, { rules, limit });
      await openTies(messages, unsealingOver(unsealing, view.db), (events) =>
        readBlocks(view.schema, run, events),
      );
      const portions = Map.groupBy(messages, ({ n }) => n);
      readings = readings.filter((reading, n) =>
        foldOn(reading, portions.get(n + 1) ?? [], { rules, limit }),
      );
    }
  }
  return all.map(({ found }) => found);
}

/** Earlier than every instant (ms). */
const EARLIEST = -1e15;

/** How far a conversation was folded: through the messages of an instant and class. */
interface Reading {
  log: FormerLog;
  at: number;
  class: EventClass | -1;
  start: FoldStart<FoldableEvent>;
  found: Set<string>;
}

/** A message, and the place of its conversation among the readings, from 1. */
type Message = FoldableEvent & { n: number };

/** The next effective messages of each, `limit` of one and what shares instant and class with the last. */
async function nextMessages(
  schema: string,
  run: Run,
  readings: readonly Reading[],
  { rules, limit }: { rules: RuleTimeline; limit: number },
): Promise<Message[]> {
  const { isEffective, isDelivered } = fatesIn(schema, (event) => `${event}."offset" < c.before`);
  const messages = await run<Message>(
    'former messages',
    `SELECT ${COLUMNS}, c.n, ${waitsForDelivery(rules) ? `e.class = 1 AND ${isDelivered('e')}` : 'false'} AS delivered
     FROM unnest($1::uuid[], $2::bigint[], $3::smallint[], $4::bigint[], $5::bigint[])
       WITH ORDINALITY AS c(conversation, at, class, before, until, n)
     CROSS JOIN LATERAL (SELECT * FROM ${schema}.events x
       WHERE x.conversation = c.conversation AND x.class <= 2 AND x.class <= ${isFixedOnly(rules) ? 1 : 2}
         AND x.at >= c.at AND x.at <= c.until AND (x.at > c.at OR x.class > c.class)
         AND x."offset" < c.before AND ${isEffective('x')}
       ORDER BY x.at, x.class FETCH FIRST (${limit}) ROWS WITH TIES) e`,
    [
      readings.map(({ log }) => log.conversation),
      readings.map(({ at }) => at),
      readings.map((reading) => reading.class),
      readings.map(({ log }) => log.before),
      readings.map(({ log }) => log.until),
    ],
  );
  return messages;
}

/** Whether there may be more to fold. */
function foldOn(
  reading: Reading,
  messages: FoldableEvent[],
  { rules, limit }: { rules: RuleTimeline; limit: number },
): boolean {
  const { log, start, found } = reading;
  const last = messages.sort(compareCanonical).at(-1);
  if (last === undefined) return false;
  const { windows } = fold(log.channel, messages, rules, start);
  for (const { opener } of windows) if (log.openers.has(opener.key)) found.add(opener.key);
  if (messages.length < limit) return false;
  const open = windows.at(-1) ?? null;
  const received = messages.findLast((message) => message.class === EVENT_CLASS.received);
  reading.start = { window: open, contactWroteAt: received?.at ?? start.contactWroteAt };
  // Under `fixed` what lies inside an open window says nothing.
  const skips = isFixedOnly(rules) && open !== null && open.closesAt > last.at;
  reading.at = skips ? open.closesAt : last.at;
  reading.class = skips ? -1 : last.class;
  return true;
}
