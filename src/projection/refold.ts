import { type Conversation, CUSTOMER_SERVICE_MS } from '../domain/conversation.ts';
import { compareCanonical, EVENT_CLASS } from '../domain/event.ts';
import { isFixedOnly, mayHaveTail, waitsForDelivery } from '../domain/rule.ts';
import { type FoldStart, fold, type Window } from '../domain/window.ts';
import type { FoldableEvent } from './tables/events.ts';
import type { FoldReader, MessageCursor, Point, Span } from './tables/fold-reader.ts';
import type { TenantRules } from './tables/tenant-rules.ts';
import {
  compareWindows,
  storedWindow,
  type WindowChanges,
  type WindowRow,
  windowRow,
} from './tables/windows.ts';
import { type Opening, openTies } from './unsealing.ts';

/** A conversation whose messages changed at some instants (ms, ascending): they came, went or were delivered. */
export interface RefoldRequest {
  conversation: string;
  party: Conversation;
  settings: Pick<TenantRules, 'rules'>;
  touched: readonly number[];
}

/** Messages of one conversation that are read at once, and all that share instant and class with the last of them. */
const PORTION = 256;
/** Later than every instant (ms), and exact as a number and as a bigint. */
const FOR_EVER = 1e15;

/**
 * Folds conversations anew where they were touched, and adds what that changes of their stored windows: each time from
 * the last window opened strictly before the touched instant until the folded windows are the stored ones again. Costs
 * what is changed, however long the conversations are; what is in between is not read.
 */
export async function refold(
  reader: FoldReader,
  requests: readonly RefoldRequest[],
  changes: WindowChanges,
  unsealing: Opening,
): Promise<void> {
  let work = await startWork(reader, requests);
  while (work.length > 0) {
    await begin(
      reader,
      work.filter((own) => own.stretch === null),
    );
    const stretches = work.flatMap(({ stretch }) => stretch ?? []);
    const messages = await messagesOf(reader, stretches, unsealing);
    for (const stretch of stretches) read(stretch, messages.get(stretch.conversation) ?? []);
    const windows = Map.groupBy(await reader.windowsWithin(stretches.map(spanOf)), (row) => row.conversation);
    for (const own of work) compare(own, windows.get(own.request.conversation) ?? [], changes);
    work = work.filter(({ stretch, touched }) => stretch !== null || touched.length > 0);
  }
}

/** An instant that was touched, and the last window opened strictly before it. */
interface Touched {
  at: number;
  base: WindowRow | undefined;
}

/** What is left to do in one conversation, and the stretch that is being folded. */
interface Work {
  request: RefoldRequest;
  touched: Touched[];
  stretch: Stretch | null;
}

interface Stretch extends Point {
  channel: string;
  rules: TenantRules['rules'];
  cursor: MessageCursor;
  start: FoldStart<FoldableEvent>;
  /** What was folded so far, and those of it that the last portion opened. */
  folded: Window<FoldableEvent>[];
  opened: Window<FoldableEvent>[];
  stored: WindowRow[];
  /** The instants (ms) that the last portion covers. */
  from: number;
  through: number;
  /** The last touched instant covered so far. */
  lastTouched: number;
}

async function startWork(reader: FoldReader, requests: readonly RefoldRequest[]): Promise<Work[]> {
  const points = requests.flatMap(({ conversation, touched }) => touched.map((at) => ({ conversation, at })));
  const bases = await reader.windowsBefore(points);
  let next = 0;
  const work = requests.map((request): Work => {
    const touched = request.touched.map((at) => ({ at, base: bases[next++] }));
    // Under `fixed` nothing that comes or goes inside a window changes any.
    const counts = ({ at, base }: Touched) => base === undefined || at >= base.closes_at;
    return {
      request,
      touched: isFixedOnly(request.settings.rules) ? touched.filter(counts) : touched,
      stretch: null,
    };
  });
  return work.filter(({ touched }) => touched.length > 0);
}

/** Begins a stretch at the first instant that is left of each. */
async function begin(reader: FoldReader, work: readonly Work[]): Promise<void> {
  for (const own of work) {
    const [first] = own.touched;
    if (first === undefined) throw new Error('a conversation without a touched instant');
    own.stretch = stretchFrom(own.request, first);
  }
  const tails = work.flatMap(({ stretch }) =>
    stretch !== null && mayHaveTail(stretch.rules) ? [stretch] : [],
  );
  const wrote = await reader.contactWroteBefore(
    tails.map(({ conversation, from }) => ({ conversation, at: from })),
  );
  for (const stretch of tails) stretch.start.contactWroteAt = wrote.get(stretch.conversation) ?? null;
}

function stretchFrom({ conversation, party, settings }: RefoldRequest, { at, base }: Touched): Stretch {
  const { rules } = settings;
  const openersOnly = isFixedOnly(rules);
  const from = openersOnly ? at : (base?.opened_at ?? at);
  const window = openersOnly && base !== undefined ? storedWindow(base, rules) : null;
  return {
    conversation,
    at,
    channel: party.channel,
    rules,
    cursor: { conversation, at: from, class: -1, openersOnly, waits: waitsForDelivery(rules) },
    start: { window, contactWroteAt: null },
    ...{ folded: [], opened: [], stored: [] },
    from,
    through: from,
    lastTouched: at,
  };
}

async function messagesOf(
  reader: FoldReader,
  stretches: readonly Stretch[],
  unsealing: Opening,
): Promise<Map<string, FoldableEvent[]>> {
  const messages = await reader.messages(
    stretches.map(({ cursor }) => cursor),
    PORTION,
  );
  await openTies(messages, unsealing, reader.blocks);
  return Map.groupBy(messages.sort(compareCanonical), (message) => message.conversation);
}

/** Folds the next portion and moves the cursor behind it: under `fixed` to the end of the window that is open then. */
function read(stretch: Stretch, messages: readonly FoldableEvent[]): void {
  const { start, folded, cursor } = stretch;
  const { windows } = fold(stretch.channel, messages, stretch.rules, start);
  if (start.window !== null) {
    const [open] = windows.splice(0, 1);
    // The last one of before, whose end may have moved; without one it is the stored window that it all began with.
    if (open !== undefined && folded.length > 0) folded[folded.length - 1] = open;
  }
  folded.push(...windows);
  stretch.opened = windows;
  const last = messages.at(-1);
  if (last === undefined || messages.length < PORTION) {
    stretch.through = FOR_EVER;
    return;
  }
  const open = folded.at(-1) ?? start.window;
  const received = messages.findLast((message) => message.class === EVENT_CLASS.received);
  stretch.start = { window: open, contactWroteAt: received?.at ?? start.contactWroteAt };
  const skips = cursor.openersOnly && open !== null && open.closesAt > last.at;
  stretch.through = skips ? open.closesAt - 1 : last.at;
  stretch.cursor = skips
    ? { ...cursor, at: open.closesAt, class: -1 }
    : { ...cursor, at: last.at, class: last.class };
}

function spanOf({ conversation, from, through }: Stretch): Span {
  return { conversation, from, to: through };
}

/** Ends the stretch where the folded windows are the stored ones again, or where there are no more messages. */
function compare(own: Work, rows: readonly WindowRow[], changes: WindowChanges): void {
  const { stretch } = own;
  if (stretch === null) return;
  for (const row of rows) stretch.stored.push(row);
  for (const { at } of own.touched) if (at <= stretch.through) stretch.lastTouched = at;
  own.touched = own.touched.filter(({ at }) => at > stretch.through);
  const rejoined = rejoinedAt(stretch, rows);
  if (rejoined === null && stretch.through < FOR_EVER) {
    stretch.from = stretch.through + 1;
    return;
  }
  own.stretch = null;
  const { party } = own.request;
  const end = rejoined ?? FOR_EVER;
  const folded = stretch.folded.filter(({ openedAt }) => openedAt < end);
  compareWindows(
    stretch.stored.filter((row) => row.opened_at < end),
    folded.map((window) => windowRow(party, window)),
    changes,
  );
}

/**
 * Opening instant (ms) of a window that is stored as it was folded and from which on nothing is touched; null: none yet.
 * With a tail the contact's latest message must be the same too.
 */
function rejoinedAt({ rules, opened, lastTouched }: Stretch, rows: readonly WindowRow[]): number | null {
  const openers = new Map(rows.map((row) => [row.opened_at, row.opener]));
  const hasTail = mayHaveTail(rules);
  const window = opened.find(
    ({ openedAt, opener }) =>
      openedAt > lastTouched &&
      openers.get(openedAt) === opener.key &&
      (!hasTail || opener.class === EVENT_CLASS.received || openedAt >= lastTouched + CUSTOMER_SERVICE_MS),
  );
  return window?.openedAt ?? null;
}
