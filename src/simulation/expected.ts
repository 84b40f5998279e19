/** What must come of the simulated traffic: usage folded from scratch. */

import { judge } from '../domain/effective.ts';
import { EVENT_CLASS, type Event, isMessage } from '../domain/event.ts';
import { factOf, foldHistories, standing } from '../domain/history.ts';
import type { Calendar } from '../domain/period.ts';
import type { RuleTimeline } from '../domain/rule.ts';
import { readEvent } from '../intake/read-event.ts';
import { FORMER_HASHES } from '../sealing/hashes.ts';
import { simulateTraffic, type TrafficOptions } from './traffic.ts';

/** How a tenant is metered. */
export interface Metering {
  rules: RuleTimeline;
  calendar: Calendar;
}

/** What a tenant's usage of one period must say. Keys of `days` are `<day> <channel>`. */
export interface ExpectedUsage {
  receptive: number;
  active: number;
  received: number;
  templates: number;
  freeForm: number;
  days: Map<string, { receptive: number; active: number }>;
}

/** Conversations are folded in as many rounds as keep about this many events in memory. */
const EVENTS_IN_MEMORY = 150_000;

/**
 * Folds the simulated events from scratch and counts what each tenant's usage must be, by tenant and period. The
 * traffic is generated anew for each share of the conversations, so that memory does not grow with it.
 */
export function expectedUsage(
  traffic: TrafficOptions,
  meteringOf: (tenant: string) => Metering,
): Map<string, Map<string, ExpectedUsage>> {
  const result = new Map<string, Map<string, ExpectedUsage>>();
  const rounds = Math.ceil(traffic.events / EVENTS_IN_MEMORY);
  for (let round = 0; round < rounds; round++) {
    const events = [...eventsOf(traffic, (hash) => Number.parseInt(hash.slice(0, 8), 16) % rounds === round)];
    countWindows(result, events, meteringOf);
    countMessages(result, events, meteringOf);
  }
  return result;
}

function* eventsOf(traffic: TrafficOptions, chosen: (conversation: string) => boolean): Generator<Event> {
  for (const { event } of simulateTraffic(traffic)) {
    const read = readEvent(event, Number.POSITIVE_INFINITY);
    if ('rejection' in read)
      throw new Error(`the simulation made a bad event: ${JSON.stringify(read.rejection)}`);
    if (chosen(FORMER_HASHES.conversation(read.event))) yield read.event;
  }
}

type Usages = Map<string, Map<string, ExpectedUsage>>;

function countWindows(usages: Usages, events: readonly Event[], meteringOf: (tenant: string) => Metering) {
  for (const { conversation, windows } of foldHistories(events, (tenant) => meteringOf(tenant).rules)) {
    const { calendar } = meteringOf(conversation.tenant);
    for (const { kind, openedAt } of windows) {
      const usage = usageOf(usages, conversation.tenant, calendar.periodOf(openedAt));
      usage[kind]++;
      const key = `${calendar.dayOf(openedAt)} ${conversation.channel}`;
      const day = usage.days.get(key) ?? { receptive: 0, active: 0 };
      day[kind]++;
      usage.days.set(key, day);
    }
  }
}

/** Each distinct, not voided message counts, failed ones too, in the period of its own instant. */
function countMessages(usages: Usages, events: readonly Event[], meteringOf: (tenant: string) => Metering) {
  for (const all of Map.groupBy(events, FORMER_HASHES.conversation).values()) {
    const facts = standing(all).map(factOf);
    const judgement = judge(facts);
    for (const fact of facts) {
      if (!isMessage(fact.class) || judgement.fate(fact) === 'voided') continue;
      const { tenant, occurredAt } = fact.event;
      const usage = usageOf(usages, tenant, meteringOf(tenant).calendar.periodOf(occurredAt));
      if (fact.class === EVENT_CLASS.received) usage.received++;
      else if (fact.class === EVENT_CLASS.template) usage.templates++;
      else usage.freeForm++;
    }
  }
}

function usageOf(usages: Usages, tenant: string, period: string): ExpectedUsage {
  let periods = usages.get(tenant);
  if (periods === undefined) {
    periods = new Map();
    usages.set(tenant, periods);
  }
  let usage = periods.get(period);
  if (usage === undefined) {
    usage = { receptive: 0, active: 0, received: 0, templates: 0, freeForm: 0, days: new Map() };
    periods.set(period, usage);
  }
  return usage;
}
