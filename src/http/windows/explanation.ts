import { z } from 'zod';
import { type RemovedWindow, removedWindow } from '../../billing/adjustments/removed.ts';
import type { Language } from '../../domain/description.ts';
import { compareCanonical, EVENT_CLASS, isMessage, rank } from '../../domain/event.ts';
import type { Calendar } from '../../domain/period.ts';
import { type Verdicts, verdictsOf, withRelatives } from '../../projection/fates.ts';
import { type CanonicalPlace, eventsWithin, type FullEvent } from '../../projection/read/events.ts';
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
  id: z.string().regex(WINDOW_ID, 'must be the id of a window').meta({ description: 'Of the window' }),
});

/** Events read at once: a window of any size is explained in bounded memory. */
const BATCH = 1_000;

/** Why there is a window. Contract section 3, "Windows, events, explanations". */
export function explanationRoutes(app: App, deps: Pick<AppDeps, 'slowDb' | 'defaultTimeZone'>): void {
  app.get(
    '/v1/tenants/:tenant/windows/:id',
    {
      config: { scope: 'usage:read', slow: true },
      schema: {
        tags: ['Windows'],
        operationId: 'getWindow',
        summary: 'Explain a window: who opened it, what was inside, what failed or was voided',
        description: 'Its events come page by page; the sentences stand on the first page.',
        params,
        headers: languageHeaders,
        querystring: z.strictObject({ limit: limitIn(BATCH), cursor: pageQuery.cursor }),
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
          page: { after: cursor === undefined ? null : placeOf(decodeCursor(cursor, cursorKey)), limit },
        };
        const window = await findWindow(snapshot, tenant, windowIdParts(id));
        if (window !== undefined) return await explain(snapshot, reader, window);
        const removed = await removedWindow(snapshot, tenant, id);
        if (removed === null) throw new Problem('not-found', 'The tenant has no window of this id.');
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
    because: z
      .array(z.object(eventItem).meta({ id: 'LoggedEvent' }))
      .meta({ description: 'What decided it: the voids, or the receipts where a failure was among them' }),
  })
  .meta({ id: 'ExplainedEvent' });

const explanationSchema = windowItemSchema
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
}

interface Page {
  after: CanonicalPlace | null;
  limit: number;
}

const cursorKey = z.tuple([z.int(), z.int().min(0).max(EVENT_CLASS.delivered), z.string()]);

function placeOf([at, rank, id]: z.infer<typeof cursorKey>): CanonicalPlace {
  return { at, rank, id };
}

/** What of the conversation is inside a window, and what became of it. The first page costs what the window holds. */
async function explain(snapshot: ReadSnapshot, reader: Reader, window: StoredWindow): Promise<Explanation> {
  const previous = (await windowBefore(snapshot, window.conversation, window.openedAt)) ?? null;
  const facts = await factsOf(snapshot, reader, { window, opener: window.opener, previous });
  const inside = await insideOf(snapshot, reader.page, facts, { window, opener: window.opener });
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
  const previous = (await windowBefore(snapshot, window.conversation, window.openedAt)) ?? null;
  const around = (await windowAround(snapshot, window.conversation, window.openedAt)) ?? null;
  const facts = await factsOf(snapshot, reader, { window, opener: null, previous });
  const inside = await insideOf(snapshot, reader.page, facts, { window, opener: null });
  return {
    ...facts,
    summary: inside === null ? null : summariseRemoved(removed, around, inside, reader.language),
    removed: true,
    removedBy: cause,
  };
}

type Facts = Omit<Explanation, 'summary' | 'removed' | 'removedBy'>;

/** `opener`: hash of the event that opens the window; null: none does. */
async function factsOf(
  snapshot: ReadSnapshot,
  { calendar, page }: Reader,
  {
    window,
    opener,
    previous,
  }: { window: StoredWindow; opener: string | null; previous: StoredWindow | null },
): Promise<Facts> {
  const { limit } = page;
  const found = await eventsWithin(snapshot, within(window), { ...page, limit: limit + 1 });
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = found.length > limit && last !== undefined;
  return {
    ...windowItem(window),
    period: showPeriod(calendar, calendar.periodOf(window.openedAt)),
    previous: previous === null ? null : windowItem(previous),
    events: await explained(snapshot, shown, opener),
    nextCursor: hasMore ? encodeCursor([last.at, rank(last.class), last.id]) : null,
  };
}

function within({ conversation, openedAt, closesAt }: StoredWindow) {
  return { conversation, from: openedAt, to: closesAt };
}

/** What a summary tells of all events inside; null where they are read on from a page before. */
async function insideOf(
  snapshot: ReadSnapshot,
  { after }: Page,
  { events, nextCursor }: Facts,
  { window, opener }: { window: StoredWindow; opener: string | null },
): Promise<Inside | null> {
  if (after !== null) return null;
  const inside: Inside = { openedBy: null, included: 0, failed: 0, voided: 0 };
  const tell = (event: ExplainedEvent) => {
    if (event.id === window.openedBy) inside.openedBy = event;
    if (event.role === 'included' || event.role === 'failed' || event.role === 'voided') inside[event.role]++;
  };
  if (nextCursor === null) {
    events.forEach(tell);
    return inside;
  }
  let place: CanonicalPlace | null = null;
  let found: FullEvent[];
  do {
    found = await eventsWithin(snapshot, within(window), { after: place, limit: BATCH });
    (await explained(snapshot, found, opener)).forEach(tell);
    const last = found.at(-1);
    place = last === undefined ? null : { at: last.at, rank: rank(last.class), id: last.id };
  } while (found.length === BATCH);
  return inside;
}

async function explained(
  snapshot: ReadSnapshot,
  events: readonly FullEvent[],
  opener: string | null,
): Promise<ExplainedEvent[]> {
  const verdicts = verdictsOf(await withRelatives(snapshot, events));
  return events.map((event) => ({
    role: roleOf(event, opener, verdicts),
    ...toEventItem(event),
    because: verdicts.reasons(event).sort(compareCanonical).map(toEventItem),
  }));
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
