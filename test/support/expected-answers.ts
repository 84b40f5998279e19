import { judge } from '../../src/domain/effective.ts';
import { EVENT_CLASS, type Event, isMessage, isReceipt, isSent } from '../../src/domain/event.ts';
import { type ConversationHistory, factOf, standing } from '../../src/domain/history.ts';
import { calendarOf } from '../../src/domain/period.ts';
import { FORMER_HASHES } from '../../src/sealing/hashes.ts';

export const ZONE = 'America/Sao_Paulo';
export const calendar = calendarOf([{ from: null, zone: ZONE }]);

/* What the API must say, worked out from the events alone. */

export const iso = (at: number) => new Date(at).toISOString();

export interface Told {
  tenant: string;
  events: readonly Event[];
  offsets: ReadonlyMap<Event, number>;
  histories: ConversationHistory[];
}

export function expectedItem(told: Told, { conversation, windows }: ConversationHistory, index: number) {
  const window = windows[index];
  if (window === undefined) throw new Error('no such window');
  const { event } = window.opener;
  const active = window.kind === 'active';
  return {
    id: FORMER_HASHES.conversation(conversation) + FORMER_HASHES.id(event.id),
    kind: window.kind,
    openedAt: iso(window.openedAt),
    closesAt: iso(window.closesAt),
    channel: event.channel,
    account: event.account,
    contact: event.contact,
    openedBy: event.id,
    position: { partition: 0, offset: told.offsets.get(event) },
    origin: active ? (event.origin ?? null) : null,
    category: active ? (event.template?.category ?? null) : null,
    campaign: active ? (event.campaign ?? null) : null,
    rule: window.rule.rule,
  };
}

export function expectedItems(told: Told) {
  return told.histories
    .flatMap((history) => history.windows.map((_, i) => expectedItem(told, history, i)))
    .sort((a, b) => (a.openedAt + a.id < b.openedAt + b.id ? -1 : 1));
}

export type Item = ReturnType<typeof expectedItem>;

export function countKinds(items: readonly Item[]) {
  return {
    receptive: items.filter(({ kind }) => kind === 'receptive').length,
    active: items.filter(({ kind }) => kind === 'active').length,
  };
}

export function expectedGroups(items: readonly Item[], groupBy: readonly string[]) {
  const keyed = items.map((item) => ({ ...item, day: calendar.dayOf(Date.parse(item.openedAt)) }));
  const groups = Map.groupBy(keyed, (item) =>
    JSON.stringify(groupBy.map((name) => item[name as keyof typeof item] ?? '')),
  );
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, own]) => {
      const values = JSON.parse(key).map((value: string) => value || null);
      return { ...Object.fromEntries(groupBy.map((name, i) => [name, values[i]])), ...countKinds(own) };
    });
}

export function expectedMessages(events: readonly Event[], period: string) {
  const counts = { received: 0, templates: 0, freeForm: 0 };
  for (const all of Map.groupBy(events, FORMER_HASHES.conversation).values()) {
    const facts = standing(all).map(factOf);
    const judgement = judge(facts);
    for (const fact of facts) {
      if (!isMessage(fact.class) || judgement.fate(fact) === 'voided') continue;
      if (calendar.periodOf(fact.event.occurredAt) !== period) continue;
      counts[(['received', 'templates', 'freeForm'] as const)[fact.class as 0 | 1 | 2]]++;
    }
  }
  return counts;
}

/** What the judge says of each event, with nothing of the projection. */
export function verdicts(told: Told) {
  const result = new Map<Event, { role: string; state: string }>();
  for (const all of Map.groupBy(told.events, FORMER_HASHES.conversation).values()) {
    const facts = standing(all).map(factOf);
    const judgement = judge(facts);
    const openers = new Set(
      told.histories.flatMap(({ windows }) => windows.map(({ opener }) => opener.event)),
    );
    for (const fact of facts) {
      const fate = judgement.fate(fact);
      const sent = facts.some((other) => isSent(other.class) && other.ref === fact.ref);
      const target = facts.some((other) => other.key === fact.ref && other.class !== EVENT_CLASS.void);
      const matched = isReceipt(fact.class) ? sent : fact.class !== EVENT_CLASS.void || target;
      const message = openers.has(fact.event) ? 'opened' : 'included';
      const standingRole = isMessage(fact.class)
        ? message
        : fact.class === EVENT_CLASS.activity
          ? 'activity'
          : 'status';
      result.set(fact.event, {
        role: fate === 'effective' ? standingRole : fate,
        state: fate === 'effective' && !matched ? 'unmatched' : fate,
      });
    }
  }
  return result;
}
