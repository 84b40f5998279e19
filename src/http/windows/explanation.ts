import { z } from 'zod';
import { type RemovedWindow, removedWindow } from '../../billing/adjustments/removed.ts';
import type { Language } from '../../domain/description.ts';
import { compareCanonical, EVENT_CLASS, isMessage, rank } from '../../domain/event.ts';
import type { Calendar } from '../../domain/period.ts';
import { say } from '../../domain/sentences.ts';
import { countFates, type Verdicts, verdictsOf, withRelatives } from '../../projection/fates.ts';
import {
  type CanonicalPlace,
  eventsBearing,
  eventsWithin,
  type FullEvent,
} from '../../projection/read/events.ts';
import { openEvents, openWindows } from '../../projection/read/opened.ts';
import { type ReadSnapshot, readSnapshot } from '../../projection/read/snapshot.ts';
import { findWindow, type StoredWindow, windowAround, windowBefore } from '../../projection/read/windows.ts';
import { tenantSettings } from '../../store/tenants.ts';
import { acceptedLanguage, languageHeaders } from '../conventions/language.ts';
import { decodeCursor, encodeCursor, limitIn, nextCursor, pageQuery } from '../conventions/page.ts';
import { periodOut, positionSchema, showPeriod, tenantParams } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { eventItem, toEventItem } from '../events/event-item.ts';
import { Problem, problemResponses } from '../problems/problem.ts';
import { type Inside, summarise, summariseRemoved } from './explanation-text.ts';
import { WINDOW_ID, windowIdParts, windowItem, windowItemSchema } from './window-item.ts';

const params = tenantParams.extend({
  id: z.string().regex(WINDOW_ID, say('must be the id of a window')).meta({ description: 'Of the window' }),
});

/** Events of a page where nobody asks for fewer: a window of any size is explained in bounded memory. */
const MOST_EVENTS = 1_000;
/** Of each kind of event that decided another no more are shown: a message may have any number of receipts. */
const MOST_OF_A_KIND = 5;

/** Why there is a window. Contract section 3, "Windows, events, explanations". */
export function explanationRoutes(
  app: App,
  deps: Pick<AppDeps, 'slowDb' | 'defaultTimeZone' | 'unsealing'>,
): void {
  app.get(
    '/v1/tenants/:tenant/windows/:id',
    {
      config: { scope: 'usage:read', slow: true },
      schema: {
        tags: ['Windows'],
        operationId: 'getWindow',
        summary: 'Explain a window: who opened it, what was inside, what failed or was voided',
        description:
          'Its events come page by page, of large ones fewer on each; the sentences stand on the first page.',
        params,
        headers: languageHeaders,
        querystring: z.strictObject({ limit: limitIn(MOST_EVENTS), cursor: pageQuery.cursor }),
        response: {
          200: explanationSchema,
          ...problemResponses('invalid-request', 'invalid-cursor', 'not-found'),
        },
      },
    },
    async ({ params: { tenant, id }, headers, query: { limit, cursor } }, reply): Promise<Explanation> => {
      reply.header('vary', 'accept-language');
      const read = async (snapshot: ReadSnapshot) => {
        const settings = await tenantSettings(snapshot.db, [tenant], deps.defaultTimeZone);
        const own = settings.get(tenant);
        if (own === undefined) throw new Error('a tenant without settings');
        const reader = {
          calendar: own.calendar,
          language: acceptedLanguage(headers['accept-language']) ?? own.language,
          unsealing: deps.unsealing,
          page: { after: cursor === undefined ? null : placeOf(decodeCursor(cursor, cursorKey)), limit },
        };
        const found = findWindow(snapshot, tenant, windowIdParts(id));
        const window = await openedOrNull(snapshot, reader, found);
        if (window !== null) return await explain(snapshot, reader, window);
        const removed = await removedWindow(snapshot, tenant, id, deps.unsealing);
        if (removed === null) throw new Problem('not-found', say('The tenant has no window of this id.'));
        return await explainRemoved(snapshot, reader, removed);
      };
      return await readSnapshot(deps.slowDb, read, { byIndex: true });
    },
  );
}

const ROLES = ['opened', 'included', 'failed', 'voided', 'status', 'activity'] as const;
type Role = (typeof ROLES)[number];

const explainedEvent = z
  .object({
    role: z.enum(ROLES),
    ...eventItem,
    because: z.array(z.object(eventItem).meta({ id: 'LoggedEvent' })).meta({
      description:
        'What decided it: the voids, or the receipts where a failure was among them; at most 5 of a kind',
    }),
  })
  .meta({ id: 'ExplainedEvent' });

export const explanationSchema = windowItemSchema
  .extend({
    period: periodOut,
    summary: z.string().nullable().meta({
      description:
        'Why there is this window, or why it is gone, in sentences: in the language of `Accept-Language`, else of the tenant. null: not the first page',
    }),
    previous: windowItemSchema.nullable().meta({ description: 'The window of the conversation before it' }),
    events: z.array(explainedEvent),
    nextCursor,
    removed: z.boolean().meta({ description: 'It was invoiced and is no longer there' }),
    removedBy: z.object({ event: z.string(), position: positionSchema }).nullable(),
  })
  .meta({ id: 'Explanation' });

type Explanation = z.infer<typeof explanationSchema>;

type ExplainedEvent = z.infer<typeof explainedEvent>;

/** Of whoever asks: how instants and sentences are read, and which events. */
interface Reader {
  calendar: Calendar;
  language: Language;
  page: Page;
  unsealing: AppDeps['unsealing'];
}

interface Page {
  after: CanonicalPlace | null;
  limit: number;
}

const cursorKey = z.tuple([
  z.int(),
  z.int().min(0).max(EVENT_CLASS.delivered),
  z.string().regex(/^[0-9a-f]{32}$/),
]);

function placeOf([at, rank, key]: z.infer<typeof cursorKey>): CanonicalPlace {
  return { at, rank, key };
}

/** What of the conversation is inside a window, and what became of it. */
async function explain(snapshot: ReadSnapshot, reader: Reader, window: StoredWindow): Promise<Explanation> {
  const previous = await openedOrNull(
    snapshot,
    reader,
    windowBefore(snapshot, window.conversation, window.openedAt),
  );
  const facts = await factsOf(snapshot, reader, { window, opener: window.opener, previous });
  const inside = await insideOf(snapshot, reader, { window, opener: window.opener });
  return {
    ...facts,
    summary: inside === null ? null : summarise(window, previous, inside, reader.language),
    removed: false,
    removedBy: null,
  };
}

/** The same of a window that was invoiced and is no longer there: nothing opens it now. */
async function explainRemoved(
  snapshot: ReadSnapshot,
  reader: Reader,
  removed: RemovedWindow,
): Promise<Explanation> {
  const { window, cause } = removed;
  const { conversation, openedAt } = window;
  const previous = await openedOrNull(snapshot, reader, windowBefore(snapshot, conversation, openedAt));
  const around = await openedOrNull(snapshot, reader, windowAround(snapshot, conversation, openedAt));
  const facts = await factsOf(snapshot, reader, { window, opener: null, previous });
  const inside = await insideOf(snapshot, reader, { window, opener: null });
  return {
    ...facts,
    summary: inside === null ? null : summariseRemoved(removed, around, inside, reader.language),
    removed: true,
    removedBy: cause,
  };
}

/** A window that was looked for, with contact and opener. */
async function openedOrNull(
  snapshot: ReadSnapshot,
  { unsealing }: Pick<Reader, 'unsealing'>,
  found: Promise<StoredWindow | undefined>,
): Promise<StoredWindow | null> {
  const window = await found;
  if (window === undefined) return null;
  const [opened] = await openWindows(snapshot, unsealing, [window]);
  return opened ?? null;
}

type Facts = Omit<Explanation, 'summary' | 'removed' | 'removedBy'>;

/** `opener`: hash of the event that opens the window; null: none does. */
async function factsOf(
  snapshot: ReadSnapshot,
  { calendar, page, unsealing }: Reader,
  {
    window,
    opener,
    previous,
  }: { window: StoredWindow; opener: string | null; previous: StoredWindow | null },
): Promise<Facts> {
  return {
    ...windowItem(window),
    period: showPeriod(calendar, calendar.periodOf(window.openedAt)),
    previous: previous === null ? null : windowItem(previous),
    ...(await pageOf(snapshot, { page, unsealing }, { window, opener })),
  };
}

/** Events whose reasons are read at once. */
const AT_ONCE = 100;
/** Characters of events after which a page ends: written at once they keep nobody waiting. */
const MOST_CHARACTERS = 2_000_000;

/** The events of a page, which is short where they are large. */
async function pageOf(
  snapshot: ReadSnapshot,
  { page: { after, limit }, unsealing }: Pick<Reader, 'page' | 'unsealing'>,
  { window, opener }: { window: StoredWindow; opener: string | null },
): Promise<Pick<Facts, 'events' | 'nextCursor'>> {
  const found = await eventsWithin(snapshot, within(window), { after, limit: limit + 1 }, unsealing);
  const shown = found.slice(0, limit);
  const verdicts = verdictsOf(await withRelatives(snapshot, shown));
  const events: ExplainedEvent[] = [];
  let characters = 0;
  while (events.length < shown.length && characters < MOST_CHARACTERS) {
    const part = shown.slice(events.length, events.length + AT_ONCE);
    const reasons = await reasonsOf(snapshot, part, verdicts, unsealing);
    for (const event of [...part, ...reasons.values()])
      characters += (event.metadata?.length ?? 0) + (event.detail?.length ?? 0);
    events.push(...part.map((event) => explained(event, { opener, verdicts, reasons })));
  }
  const last = found[events.length - 1];
  const hasMore = found.length > events.length && last !== undefined;
  return { events, nextCursor: hasMore ? encodeCursor([last.at, rank(last.class), last.key]) : null };
}

function within({ conversation, openedAt, closesAt }: StoredWindow) {
  return { conversation, from: openedAt, to: closesAt };
}

/** What a summary tells of all events inside; null where they are read on from a page before. */
async function insideOf(
  snapshot: ReadSnapshot,
  { page: { after }, unsealing }: Pick<Reader, 'page' | 'unsealing'>,
  { window, opener }: { window: StoredWindow; opener: string | null },
): Promise<Inside | null> {
  if (after !== null) return null;
  const key = { conversation: window.conversation, key: window.opener };
  const [stored] = await openEvents(unsealing, await eventsBearing(snapshot, [key]), snapshot.db);
  const { effective, failed, voided } = await countFates(snapshot, within(window));
  const inside: Inside = { openedBy: null, included: effective, failed, voided };
  if (stored === undefined || stored.at < window.openedAt || stored.at >= window.closesAt) return inside;
  const role = roleOf(stored, opener, verdictsOf(await withRelatives(snapshot, [stored])));
  return {
    ...inside,
    openedBy: { role, ...toEventItem(stored) },
    included: role === 'opened' ? effective - 1 : effective,
  };
}

/** What decided events, by key. */
async function reasonsOf(
  snapshot: ReadSnapshot,
  events: readonly FullEvent[],
  verdicts: Verdicts,
  unsealing: AppDeps['unsealing'],
): Promise<Map<string, FullEvent>> {
  const reasons = events.flatMap((event) => firstOfEachKind(verdicts.reasons(event)));
  const found = reasons.length === 0 ? [] : await eventsBearing(snapshot, reasons);
  return new Map((await openEvents(unsealing, found, snapshot.db)).map((event) => [event.key, event]));
}

function explained(
  event: FullEvent,
  {
    opener,
    verdicts,
    reasons,
  }: { opener: string | null; verdicts: Verdicts; reasons: ReadonlyMap<string, FullEvent> },
): ExplainedEvent {
  const because = firstOfEachKind(verdicts.reasons(event)).flatMap(({ key }) => reasons.get(key) ?? []);
  return {
    role: roleOf(event, opener, verdicts),
    ...toEventItem(event),
    because: because.map(toEventItem),
  };
}

/** In canonical order. */
function firstOfEachKind(events: readonly FullEvent[]): FullEvent[] {
  const kinds = Map.groupBy(events.toSorted(compareCanonical), (event) => event.class);
  return [...kinds.values()].flatMap((kind) => kind.slice(0, MOST_OF_A_KIND)).sort(compareCanonical);
}

/** Contract section 3, "Windows, events, explanations". */
function roleOf(event: FullEvent, opener: string | null, verdicts: Verdicts): Role {
  const fate = verdicts.fate(event);
  if (fate === 'voided') return 'voided';
  if (event.class === EVENT_CLASS.activity) return 'activity';
  if (!isMessage(event.class)) return 'status';
  if (fate === 'failed') return 'failed';
  return event.key === opener ? 'opened' : 'included';
}
