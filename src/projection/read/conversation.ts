import { CompiledQuery, sql } from 'kysely';
import type { Conversation } from '../../domain/conversation.ts';
import { HOUR_MS, ruleAt, waitsForDelivery } from '../../domain/rule.ts';
import { refold } from '../refold.ts';
import { fatesIn, foldReader, occurredBy, type Run } from '../tables/fold-reader.ts';
import type { TenantRules } from '../tables/tenant-rules.ts';
import { noChanges, WINDOW_COLUMNS, type WindowChanges, type WindowRow } from '../tables/windows.ts';
import type { Opening } from '../unsealing.ts';
import type { ReadSnapshot } from './snapshot.ts';

/** A conversation as it was at an instant; newest first. */
export interface ConversationState {
  windows: WindowRow[];
  orphans: Orphan[];
  /** Instant (ms) of the contact's latest message, where that is less than 24 h before. */
  contactWroteAt: number | null;
}

/** A free text sent while no window was open. Contract rule 4. */
export interface Orphan {
  conversation: string;
  key: string;
  /** Empty where it is sealed. */
  id: string;
  at: number;
  partition: number;
  offset: number;
}

interface Asked {
  conversation: string;
  party: Conversation;
  settings: Pick<TenantRules, 'rules'>;
}

/** How many windows and orphans are told. */
const TOLD = 20;

/**
 * A conversation from the events that occurred by an instant (ms, inclusive), receipts and voids included. The stored
 * windows count all events: where later ones decided otherwise on a message of before, they are folded again without
 * those. Costs what that changes and what is told, not what the conversation holds.
 */
export async function conversationAt(
  snapshot: ReadSnapshot,
  asked: Asked,
  at: number,
  unsealing: Opening,
): Promise<ConversationState> {
  const { conversation, party, settings } = asked;
  const run: Run = async <Row>(_: string, text: string, values: unknown[]) =>
    (await snapshot.db.executeQuery<Row>(CompiledQuery.raw(text, values))).rows;
  const reader = foldReader(snapshot.schema, run, at);
  const touched = await decidedLater(snapshot, asked, at);
  const changes = noChanges();
  await refold(reader, [{ conversation, party, settings, touched }], changes, unsealing);
  const wroteAt = await reader.contactWroteBefore([{ conversation, at: at + 1 }]);
  const state: ConversationState = {
    windows: [],
    orphans: [],
    contactWroteAt: wroteAt.get(conversation) ?? null,
  };
  let before = at + 1;
  for await (const { windows, isLast } of windowsBackwards(snapshot, conversation, at, changes)) {
    if (before > at && windows[0] !== undefined)
      windows[0] = await withEndAt(snapshot, windows[0], settings, at);
    const gaps = gapsBetween(windows, before);
    before = windows.at(-1)?.opened_at ?? before;
    if (isLast) gaps.push({ from: EARLIEST, before });
    const orphans = await freeTextsIn(snapshot, conversation, gaps, at);
    state.windows.push(...windows.slice(0, TOLD - state.windows.length));
    state.orphans.push(...orphans.slice(0, TOLD - state.orphans.length));
    if (state.windows.length === TOLD && state.orphans.length === TOLD) break;
  }
  return state;
}

/** Earlier than every instant (ms). */
const EARLIEST = -1e15;

/**
 * Instants (ms) of messages until then on which something decides that occurred later: at least of all whose fate was
 * another one then. Failures and voids are found by when they occurred, and deliveries as far as they beat a failure; where
 * templates wait for delivery, by the templates. OFFSET 0: the names come first, or PostgreSQL may read all messages.
 */
async function decidedLater(
  { db, schema }: ReadSnapshot,
  { conversation, settings }: Asked,
  at: number,
): Promise<number[]> {
  const events = sql.table(`${schema}.events`);
  const own = sql`${conversation}::uuid`;
  const deliveredLater = (name: ReturnType<typeof sql>) => sql`(SELECT true FROM ${events} r
    WHERE r.conversation = ${own} AND r.ref = ${name} AND r.ref IS NOT NULL AND r.class BETWEEN 3 AND 4 AND r.at > ${at}
    LIMIT 1)`;
  const waiting = sql`
    UNION SELECT m.at FROM ${events} m WHERE m.conversation = ${own} AND m.class <= 2 AND m.class = 1 AND m.at <= ${at}
      AND ${deliveredLater(sql`coalesce(m.ref, m.key)`)}`;
  const { rows } = await sql<{ at: number }>`
    WITH revoking AS MATERIALIZED (
      SELECT class, ref, at FROM ${events} WHERE conversation = ${own} AND class BETWEEN 5 AND 6
    ), names AS MATERIALIZED (
      SELECT ref FROM revoking WHERE at > ${at}
      UNION
      SELECT t.ref FROM revoking v JOIN ${events} t ON t.conversation = ${own} AND t.key = v.ref
        WHERE v.class = 6 AND v.at > ${at} AND t.class BETWEEN 3 AND 5
      UNION
      SELECT f.ref FROM (SELECT DISTINCT ref FROM revoking WHERE class = 5 AND at <= ${at}) f
        WHERE ${deliveredLater(sql`f.ref`)}
    )
    SELECT m.at FROM names n CROSS JOIN LATERAL (
      SELECT x.at, x.class FROM ${events} x WHERE x.conversation = ${own} AND x.key = n.ref OFFSET 0
    ) m WHERE m.class <= 2 AND m.at <= ${at}
    UNION
    SELECT m.at FROM names n CROSS JOIN (VALUES (1), (2)) AS c(class) CROSS JOIN LATERAL (
      SELECT x.at FROM ${events} x WHERE x.conversation = ${own} AND x.ref = n.ref AND x.ref IS NOT NULL
        AND x.class = c.class OFFSET 0
    ) m WHERE m.at <= ${at}
    ${waitsForDelivery(settings.rules) ? waiting : sql``}
    ORDER BY at`.execute(db);
  return rows.map((row) => row.at);
}

/** Windows read at once: first about as many as are told, then more, for orphans further back. */
const PAGES = [2 * TOLD, 200, 1_000];

/** Windows opened by an instant (ms, inclusive) with the changes made to them, newest first, at least one page. */
async function* windowsBackwards(
  { db, schema }: ReadSnapshot,
  conversation: string,
  at: number,
  { added, removed, moved }: WindowChanges,
): AsyncGenerator<{ windows: WindowRow[]; isLast: boolean }> {
  const gone = new Set([...removed, ...moved].map((row) => row.opened_at));
  const others = [...added, ...moved];
  for (let before = at + 1, n = 0; ; n++) {
    const size = PAGES[Math.min(n, PAGES.length - 1)] ?? TOLD;
    const { rows } = await sql<WindowRow>`
      SELECT ${sql.raw(WINDOW_COLUMNS)} FROM ${sql.table(`${schema}.windows`)} w
      WHERE w.conversation = ${conversation}::uuid AND w.opened_at < ${before}
      ORDER BY w.opened_at DESC LIMIT ${size}`.execute(db);
    const isLast = rows.length < size;
    const from = isLast ? EARLIEST : (rows.at(-1)?.opened_at ?? EARLIEST);
    const until = before;
    const windows = [
      ...rows.filter((row) => !gone.has(row.opened_at)),
      ...others.filter((row) => row.opened_at >= from && row.opened_at < until),
    ];
    yield { windows: windows.sort((a, b) => b.opened_at - a.opened_at), isLast };
    if (isLast) return;
    before = from;
  }
}

/** The last window with the end that it had then: under `sliding` what came later may have moved it. */
async function withEndAt(
  { db, schema }: ReadSnapshot,
  window: WindowRow,
  { rules }: Pick<TenantRules, 'rules'>,
  at: number,
): Promise<WindowRow> {
  const { rule, hours } = ruleAt(rules, window.opened_at);
  if (rule !== 'sliding') return window;
  const { rows } = await sql<{ at: number }>`
    SELECT x.at FROM ${sql.table(`${schema}.events`)} x
    WHERE x.conversation = ${window.conversation}::uuid AND x.class <= 2 AND x.class = 0
      AND x.at BETWEEN ${window.opened_at} AND ${at} AND ${sql.raw(fatesIn(schema, occurredBy(at)).stands('x'))}
    ORDER BY x.at DESC LIMIT 1`.execute(db);
  return { ...window, closes_at: (rows[0]?.at ?? window.opened_at) + hours * HOUR_MS };
}

/** Instants (ms) in which no window is open; the second one exclusive. */
interface Gap {
  from: number;
  before: number;
}

/** The gaps behind windows, newest first, the last of which is followed by something at `before`. */
function gapsBetween(windows: readonly WindowRow[], before: number): Gap[] {
  return windows.flatMap((window, i) => {
    const gap = { from: window.closes_at, before: windows[i - 1]?.opened_at ?? before };
    return gap.from < gap.before ? [gap] : [];
  });
}

/** The last effective free texts in gaps, newest first. */
async function freeTextsIn(
  { db, schema }: ReadSnapshot,
  conversation: string,
  gaps: readonly Gap[],
  at: number,
): Promise<Orphan[]> {
  const { rows } = await sql<Orphan>`
    SELECT e.conversation, e.key, e.id, e.at, e.partition, e."offset"
    FROM unnest(${gaps.map(({ from }) => from)}::bigint[], ${gaps.map(({ before }) => before)}::bigint[])
      WITH ORDINALITY AS g(since, before, n)
    CROSS JOIN LATERAL (SELECT * FROM ${sql.table(`${schema}.events`)} x
      WHERE x.conversation = ${conversation}::uuid AND x.class <= 2 AND x.class = 2 AND x.at >= g.since
        AND x.at < g.before AND ${sql.raw(fatesIn(schema, occurredBy(at)).isEffective('x'))}
      ORDER BY x.at DESC, x.id DESC LIMIT ${TOLD}) e
    ORDER BY g.n, e.at DESC, e.id DESC LIMIT ${TOLD}`.execute(db);
  return rows;
}
