import { z } from 'zod';
import { compareCanonical, EVENT_CLASS, isMessage } from '../domain/event.ts';
import type { Calendar } from '../domain/period.ts';
import { eventsWithin, type StoredEvent } from '../store/read/events.ts';
import { withRelatives } from '../store/read/relatives.ts';
import type { ReadSnapshot } from '../store/read/snapshot.ts';
import { type StoredWindow, windowAround, windowBefore } from '../store/read/windows.ts';
import type { RemovedWindow } from './deps.ts';
import { eventItem, toEventItem } from './event-item.ts';
import { summarise, summariseRemoved } from './explain-summary.ts';
import { judgeEvents, type Verdicts } from './judge-events.ts';
import { periodOut, showPeriod } from './schemas.ts';
import { positionSchema, windowItem, windowItemSchema } from './window-item.ts';

const ROLES = ['opened', 'included', 'failed', 'voided', 'status', 'activity'] as const;
type Role = (typeof ROLES)[number];

const explainedEvent = z
  .object({
    role: z.enum(ROLES),
    ...eventItem,
    because: z
      .array(z.object(eventItem).meta({ id: 'Event' }))
      .meta({ description: 'What decided it: the voids, or the receipts where a failure was among them' }),
  })
  .meta({ id: 'ExplainedEvent' });

export const explanationSchema = windowItemSchema
  .extend({
    period: periodOut,
    summary: z.string().meta({ description: 'Why there is this window, or why it is gone, in sentences' }),
    previous: windowItemSchema.nullable().meta({ description: 'The window of the conversation before it' }),
    events: z.array(explainedEvent),
    removed: z.boolean().meta({ description: 'It was invoiced and is no longer there' }),
    removedBy: z.object({ event: z.string(), position: positionSchema }).nullable(),
  })
  .meta({ id: 'Explanation' });

export type Explanation = z.infer<typeof explanationSchema>;

/** Everything of the conversation inside a window, and what became of it. Costs what the window holds. */
export async function explain(
  snapshot: ReadSnapshot,
  calendar: Calendar,
  window: StoredWindow,
): Promise<Explanation> {
  const previous = await windowBefore(snapshot, window.conversation, window.openedAt);
  const facts = await factsOf(snapshot, calendar, window, window.opener, previous);
  return {
    ...facts,
    summary: summarise(window, previous ?? null, facts.events),
    removed: false,
    removedBy: null,
  };
}

/** The same of a window that was invoiced and is no longer there: nothing opens it now. */
export async function explainRemoved(
  snapshot: ReadSnapshot,
  calendar: Calendar,
  removed: RemovedWindow,
): Promise<Explanation> {
  const { window, cause } = removed;
  const previous = await windowBefore(snapshot, window.conversation, window.openedAt);
  const around = await windowAround(snapshot, window.conversation, window.openedAt);
  const facts = await factsOf(snapshot, calendar, window, null, previous);
  return {
    ...facts,
    summary: summariseRemoved(removed, around ?? null, facts.events),
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
  const verdicts = judgeEvents(await withRelatives(snapshot, events));
  return events.map((event) => ({
    role: roleOf(event, opener, verdicts),
    ...toEventItem(event),
    because: verdicts.reasons(event).sort(compareCanonical).map(toEventItem),
  }));
}

/** Contract section 3, "Windows, events, explanations". */
function roleOf(event: StoredEvent, opener: string | null, verdicts: Verdicts): Role {
  const fate = verdicts.fate(event);
  if (fate === 'voided') return 'voided';
  if (event.class === EVENT_CLASS.activity) return 'activity';
  if (!isMessage(event.class)) return 'status';
  if (fate === 'failed') return 'failed';
  return event.key === opener ? 'opened' : 'included';
}
