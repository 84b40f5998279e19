import { z } from 'zod';
import { type RemovedWindow, removedWindow } from '../../billing/adjustments/removed.ts';
import type { Language } from '../../domain/description.ts';
import { compareCanonical, EVENT_CLASS, isMessage } from '../../domain/event.ts';
import type { Calendar } from '../../domain/period.ts';
import { type Verdicts, verdictsOf, withRelatives } from '../../projection/fates.ts';
import { eventsWithin, type FullEvent } from '../../projection/read/events.ts';
import { type ReadSnapshot, readSnapshot } from '../../projection/read/snapshot.ts';
import { findWindow, type StoredWindow, windowAround, windowBefore } from '../../projection/read/windows.ts';
import { tenantSettings } from '../../store/tenants.ts';
import { acceptedLanguage, languageHeaders } from '../conventions/language.ts';
import { periodOut, positionSchema, showPeriod, tenantParams } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { eventItem, toEventItem } from '../events/event-item.ts';
import { Problem, problemResponses } from '../problems/problem.ts';
import { summarise, summariseRemoved } from './explanation-text.ts';
import { WINDOW_ID, windowIdParts, windowItem, windowItemSchema } from './window-item.ts';

const params = tenantParams.extend({
  id: z.string().regex(WINDOW_ID, 'must be the id of a window').meta({ description: 'Of the window' }),
});

/** Why there is a window. Contract section 3, "Windows, events, explanations". */
export function explanationRoutes(app: App, deps: Pick<AppDeps, 'db' | 'defaultTimeZone'>): void {
  app.get(
    '/v1/tenants/:tenant/windows/:id',
    {
      config: { scope: 'usage:read' },
      schema: {
        tags: ['Windows'],
        operationId: 'getWindow',
        summary: 'Explain a window: who opened it, what was inside, what failed or was voided',
        params,
        headers: languageHeaders,
        response: {
          200: explanationSchema,
          ...problemResponses('invalid-request', 'not-found'),
        },
      },
    },
    async ({ params: { tenant, id }, headers }, reply): Promise<Explanation> => {
      reply.header('vary', 'accept-language');
      const read = async (snapshot: ReadSnapshot) => {
        const settings = await tenantSettings(snapshot.db, [tenant], deps.defaultTimeZone);
        const own = settings.get(tenant);
        if (own === undefined) throw new Error('a tenant without settings');
        const reader = {
          calendar: own.calendar,
          language: acceptedLanguage(headers['accept-language']) ?? own.language,
        };
        const window = await findWindow(snapshot, tenant, windowIdParts(id));
        if (window !== undefined) return await explain(snapshot, reader, window);
        const removed = await removedWindow(snapshot, tenant, id);
        if (removed === null) throw new Problem('not-found', 'The tenant has no window of this id.');
        return await explainRemoved(snapshot, reader, removed);
      };
      return await readSnapshot(deps.db, read, { byIndex: true });
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
    summary: z.string().meta({
      description:
        'Why there is this window, or why it is gone, in sentences: in the language of `Accept-Language`, else of the tenant',
    }),
    previous: windowItemSchema.nullable().meta({ description: 'The window of the conversation before it' }),
    events: z.array(explainedEvent),
    removed: z.boolean().meta({ description: 'It was invoiced and is no longer there' }),
    removedBy: z.object({ event: z.string(), position: positionSchema }).nullable(),
  })
  .meta({ id: 'Explanation' });

type Explanation = z.infer<typeof explanationSchema>;

/** How whoever asks reads instants and sentences. */
interface Reader {
  calendar: Calendar;
  language: Language;
}

/** Everything of the conversation inside a window, and what became of it. Costs what the window holds. */
async function explain(
  snapshot: ReadSnapshot,
  { calendar, language }: Reader,
  window: StoredWindow,
): Promise<Explanation> {
  const previous = await windowBefore(snapshot, window.conversation, window.openedAt);
  const facts = await factsOf(snapshot, calendar, window, window.opener, previous);
  return {
    ...facts,
    summary: summarise(window, previous ?? null, facts.events, language),
    removed: false,
    removedBy: null,
  };
}

/** The same of a window that was invoiced and is no longer there: nothing opens it now. */
async function explainRemoved(
  snapshot: ReadSnapshot,
  { calendar, language }: Reader,
  removed: RemovedWindow,
): Promise<Explanation> {
  const { window, cause } = removed;
  const previous = await windowBefore(snapshot, window.conversation, window.openedAt);
  const around = await windowAround(snapshot, window.conversation, window.openedAt);
  const facts = await factsOf(snapshot, calendar, window, null, previous);
  return {
    ...facts,
    summary: summariseRemoved(removed, around ?? null, facts.events, language),
    removed: true,
    removedBy: cause,
  };
}

type Facts = Omit<Explanation, 'summary' | 'removed' | 'removedBy'>;

/** `opener`: hash of the event that opens the window; null: none does. */
async function factsOf(
  snapshot: ReadSnapshot,
  calendar: Calendar,
  window: StoredWindow,
  opener: string | null,
  previous: StoredWindow | undefined,
): Promise<Facts> {
  return {
    ...windowItem(window),
    period: showPeriod(calendar, calendar.periodOf(window.openedAt)),
    previous: previous === undefined ? null : windowItem(previous),
    events: await explainedEvents(snapshot, window, opener),
  };
}

async function explainedEvents(
  snapshot: ReadSnapshot,
  { conversation, openedAt, closesAt }: StoredWindow,
  opener: string | null,
): Promise<Explanation['events']> {
  const events = await eventsWithin(snapshot, conversation, openedAt, closesAt);
  events.sort(compareCanonical);
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
