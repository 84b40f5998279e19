/** A month of traffic of several companies, event by event in order of arrival. */

import { hasTemplates } from '../domain/conversation.ts';
import type { EventType, Origin } from '../domain/event.ts';
import { calendarOf, type DayStart } from '../domain/period.ts';
import { arrivals, createSorter } from './arrival.ts';
import { type Company, companies, pickAccount, pickContact } from './company.ts';
import { chance, pickWeighted, type Random, seededRandom } from './random.ts';
import { type Step, session } from './session.ts';

export interface TrafficOptions {
  seed: number;
  tenants: number;
  /** How many events arrive, repetitions included. */
  events: number;
  /** `2026-10` */
  month: string;
  /** IANA name; where the month begins and ends, and when people are awake. */
  timeZone: string;
}

/** An event as its sender posts it. */
export interface ApiEvent {
  id: string;
  type: EventType;
  tenant: string;
  channel: string;
  account: string;
  contact: string;
  occurredAt: string;
  template?: { name: string; category: string; language: string };
  origin?: Origin;
  campaign?: string;
  message?: string;
  error?: { code: string; title: string };
  target?: string;
  reason?: string;
  actor?: string;
  metadata?: Record<string, unknown>;
}

export interface Arrival {
  event: ApiEvent;
  /** The second time that this event arrives. */
  repeated: boolean;
}

/** Events of a session on average; only sizes the companies. */
const EVENTS_PER_SESSION = 9;
/** How busy each hour of the local day is. */
const HOURS = [1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 20, 18, 14, 16, 18, 18, 18, 16, 14, 12, 9, 6, 4, 2];
const HOUR_MS = 3_600_000;

/**
 * A month of traffic in the order in which it arrives: late, repeated and shuffled. Pure: the same options give the
 * same events. Everything happens within the month; what arrives later comes last. Holds about two days in memory and
 * what is late.
 */
export function* simulateTraffic(options: TrafficOptions): Generator<Arrival> {
  const random = seededRandom(options.seed);
  const calendar = calendarOf([{ from: null, zone: options.timeZone }]);
  const days = calendar.dayStarts(options.month);
  const { end } = calendar.boundsOf(options.month);
  const all = simulatedCompanies(options);
  const weights = all.map(({ weight }) => weight);
  const sorter = createSorter<Arrival>();
  let produced = 0;
  let left = options.events;
  for (let number = 0; produced < options.events; number++) {
    const day = Math.floor((days.length * produced) / options.events);
    for (const arrival of sorter.before(days[day]?.start ?? end)) {
      if (left-- > 0) yield arrival;
    }
    const company = all[pickWeighted(random, weights)];
    if (company === undefined) throw new RangeError('there must be at least one tenant');
    for (const event of events(
      random,
      company,
      startOf(random, days, day),
      end,
      `${options.seed}.${number.toString(36)}`,
    )) {
      for (const [time, key] of arrivals(random, Date.parse(event.occurredAt)).entries()) {
        sorter.add(key, { event: time === 0 ? event : again(event), repeated: time > 0 });
        produced++;
      }
    }
  }
  for (const arrival of sorter.rest()) if (left-- > 0) yield arrival;
}

/** The tenants of the traffic, the largest first. */
export function simulatedCompanies({ seed, tenants, events }: TrafficOptions): Company[] {
  return companies(seededRandom(seed + 1), tenants, events / EVENTS_PER_SESSION);
}

function startOf(random: Random, days: readonly DayStart[], day: number): number {
  return (days[day]?.start ?? 0) + (pickWeighted(random, HOURS) + random()) * HOUR_MS;
}

function* events(
  random: Random,
  company: Company,
  startsAt: number,
  end: number,
  prefix: string,
): Generator<ApiEvent> {
  const account = pickAccount(random, company);
  const party = {
    tenant: company.tenant,
    ...account,
    contact: pickContact(random, company, account.channel),
  };
  const campaign = `campaign-${Math.ceil(new Date(startsAt).getUTCDate() / 7)}`;
  const steps = session(random, startsAt, hasTemplates(account.channel), campaign);
  for (const [index, step] of steps.entries()) {
    if (step.at >= end || (step.ref !== undefined && (steps[step.ref]?.at ?? end) >= end)) continue;
    const metadata = chance(random, 0.02) ? { metadata: { ticket: Math.floor(random() * 1e6) } } : {};
    yield {
      ...eventOf(steps, index, step, prefix),
      ...party,
      occurredAt: instant(step.at, company.offsetMinutes),
      ...metadata,
    };
  }
}

function eventOf(steps: readonly Step[], index: number, step: Step, prefix: string) {
  const { type, ref, at: _, reason, ...rest } = step;
  const event = { id: idOf(steps, index, prefix), type, ...rest };
  if (ref === undefined) return event;
  const named = idOf(steps, ref, prefix);
  return type === 'event.voided'
    ? { ...event, target: named, reason: reason ?? '', actor: 'support' }
    : { ...event, message: named };
}

/** Derived from the message's id, as the contract recommends for receipts. */
function idOf(steps: readonly Step[], index: number, prefix: string): string {
  const { type, ref } = steps[index] ?? {};
  return ref === undefined ? `wamid.${prefix}.${index}` : `${idOf(steps, ref, prefix)}:${type}`;
}

function instant(at: number, offsetMinutes: number): string {
  if (offsetMinutes === 0) return new Date(at).toISOString();
  const hours = String(Math.abs(offsetMinutes) / 60).padStart(2, '0');
  return `${new Date(at + offsetMinutes * 60_000).toISOString().slice(0, -1)}${offsetMinutes < 0 ? '-' : '+'}${hours}:00`;
}

/** The same event as another system spells it. */
function again(event: ApiEvent): ApiEvent {
  return { ...event, occurredAt: new Date(event.occurredAt).toISOString() };
}
