/** The one path of events into the log, whichever way they come: read, permitted, linked, warned of, appended. */

import type { Event } from '../domain/event.ts';
import { type Key, scopeRefused, tenantRefused } from '../keys/rights.ts';
import type { NewRecord, Position } from '../log/log.ts';
import type { Receipt } from '../log/record/seal-event.ts';
import type { RecordSealer } from '../log/sealing/record-sealer.ts';
import type { Metrics } from '../metrics.ts';
import type { Sealing } from '../sealing/sealing.ts';
import type { KnownLinks } from './contacts/known-links.ts';
import { EVENT_JSON, type EventResult, type Form, REJECTIONS, reject } from './read-event.ts';
import type { RegisteredTenants } from './registered-tenants.ts';
import { type Sender, senderOf } from './shares.ts';
import { WARNINGS, type Warning, warningsOf } from './warnings.ts';

/** What stands before the log. */
export interface Intake {
  /** Rejects with `LogUnavailable`, `LogFull`, `LogRefused` or `LogBroken`. */
  append(records: readonly NewRecord[], sender: Sender): Promise<Position[]>;
  /** Bytes that a record may have; absent: whatever comes. */
  largestRecord?(): number;
  /** Refuse bodies of this sender before they are read; absent: never. */
  isFull?(sender: Sender): boolean;
}

export interface TakeDeps {
  intake: Pick<Intake, 'append' | 'largestRecord'>;
  metrics: Pick<Metrics, 'accepted' | 'rejected' | 'warned' | 'appendSeconds'>;
  /** Partitions of the log. */
  partitions: number;
  sealing: Pick<Sealing, 'keys'>;
  recordSealer: RecordSealer;
  contactLinks: Pick<KnownLinks, 'contactOf'>;
  registeredTenants: RegisteredTenants;
  /** Throws where the key or a tenant posts more than it may; `events`: the good and the bad ones. Absent: whatever comes. */
  admit?(key: Key, events: number, byTenant: ReadonlyMap<string, number>): void;
}

/** One value and what became of it; `position` is there once the log has it. */
export interface Taken {
  index: number;
  id: string | null;
  result: EventResult;
  warnings: readonly Warning[];
  position?: Position;
}

const NO_WARNINGS: readonly Warning[] = [];

/**
 * Reads values and appends what is an event that the key may post; resolves once the log has all of them. Rejects where
 * it took none, as `Intake.append` does. `receivedAt` is in ms.
 */
export async function takeEvents(
  deps: TakeDeps,
  values: readonly unknown[],
  key: Key,
  receivedAt: number,
  form: Form = EVENT_JSON,
): Promise<Taken[]> {
  const items = values.map(
    (value, index): Taken => ({
      index,
      id: idOf(value),
      result: permitted(form.read(value, receivedAt), key, (pointer) => form.place(value, pointer)),
      warnings: NO_WARNINGS,
    }),
  );
  const accepted = acceptedOf(items);
  deps.admit?.(key, items.length, countByTenant(accepted));
  const strangers = accepted.filter(({ event }) => !deps.registeredTenants.isKnown(event.tenant));
  if (strangers.length > 0) await deps.registeredTenants.ask(strangers.map(({ event }) => event.tenant));
  for (const { item, event } of accepted) {
    const linked = deps.contactLinks.contactOf(event.tenant, event.channel, event.contact);
    if (linked !== undefined) event.contact = linked;
    const warnings = warningsOf(event, {
      isLinked: linked !== undefined,
      isRegistered: deps.registeredTenants.has(event.tenant),
      now: receivedAt,
    });
    item.warnings = warnings.length === 0 ? warnings : placedIn(form, values[item.index], warnings);
  }
  await append(deps, accepted, key, receivedAt);
  count(deps.metrics, items);
  return items;
}

/** Every label that may ever be counted by is there from the start. */
export function startCounting({ rejected, warned }: Pick<Metrics, 'rejected' | 'warned'>): void {
  for (const problem of REJECTIONS) rejected.inc({ problem }, 0);
  for (const warning of WARNINGS) warned.inc({ warning }, 0);
}

function placedIn(form: Form, value: unknown, warnings: readonly Warning[]): Warning[] {
  return warnings.map((warning) => ({ ...warning, pointer: form.place(value, warning.pointer) }));
}

function permitted(result: EventResult, key: Key, place: (pointer: string) => string): EventResult {
  if ('rejection' in result) return result;
  const { tenant, type } = result.event;
  const elsewhere = tenantRefused(key, tenant);
  if (elsewhere !== null) return reject('forbidden-tenant', place('/tenant'), elsewhere.refusal.detail);
  const unpermitted = type === 'event.voided' ? scopeRefused(key, 'events:void') : null;
  if (unpermitted !== null) return reject('forbidden-scope', place('/type'), unpermitted.refusal.detail);
  return result;
}

function acceptedOf(items: readonly Taken[]): { item: Taken; event: Event }[] {
  const accepted: { item: Taken; event: Event }[] = [];
  for (const item of items) {
    if ('event' in item.result) accepted.push({ item, event: item.result.event });
  }
  return accepted;
}

function countByTenant(accepted: readonly { event: Event }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { event } of accepted) counts.set(event.tenant, (counts.get(event.tenant) ?? 0) + 1);
  return counts;
}

/** Appends what was accepted and notes the positions. What does not fit the log is rejected after all. */
async function append(
  deps: TakeDeps,
  accepted: readonly { item: Taken; event: Event }[],
  key: Key,
  receivedAt: number,
): Promise<void> {
  const { intake, metrics, partitions } = deps;
  const most = intake.largestRecord?.() ?? Number.POSITIVE_INFINITY;
  const events = accepted.map(({ event }) => event);
  const records = await sealed(deps, events, { receivedAt, keyId: key.id, partitions });
  const fitting = accepted.flatMap(({ item, event }, i) => {
    const record = records[i] as NewRecord;
    const bytes = record.key.length + record.value.length;
    if (bytes <= most) return { item, event, record };
    const detail = `takes ${bytes} bytes in the log, which takes records of ${most} bytes at most`;
    item.result = reject('event-too-large', '', detail);
    item.warnings = NO_WARNINGS;
    return [];
  });
  if (fitting.length === 0) return;
  const stop = metrics.appendSeconds.startTimer();
  const positions = await intake.append(
    fitting.map(({ record }) => record),
    senderFor(key, fitting),
  );
  stop();
  fitting.forEach(({ item }, i) => {
    const position = positions[i];
    if (position === undefined) throw new Error('the log gave fewer positions than records');
    item.position = position;
  });
}

/** Sealed anew where a key ended meanwhile: nothing may come into the log under one that is about to be destroyed. */
async function sealed(
  { sealing, recordSealer }: TakeDeps,
  events: readonly Event[],
  receipt: Receipt,
): Promise<NewRecord[]> {
  for (;;) {
    const keys = await sealing.keys.forWriting(events);
    const records = await recordSealer.seal(events, receipt, keys);
    if (sealing.keys.areUsable(keys)) return records;
  }
}

/** A request for one tenant is in its lane, whoever sends it. */
function senderFor(key: Key, events: readonly { event: Event }[]): Sender {
  const tenant = events[0]?.event.tenant ?? null;
  return events.every(({ event }) => event.tenant === tenant) ? { key: key.id, tenant } : senderOf(key);
}

function count(
  { accepted, rejected, warned }: Pick<Metrics, 'accepted' | 'rejected' | 'warned'>,
  items: readonly Taken[],
): void {
  let events = 0;
  for (const { result, warnings } of items) {
    if ('rejection' in result) rejected.inc({ problem: result.rejection.problem });
    else events++;
    for (const { warning } of warnings) warned.inc({ warning });
  }
  if (events > 0) accepted.inc(events);
}

/** An id to find the event by; what could not be one is not repeated. */
function idOf(value: unknown): string | null {
  const id = typeof value === 'object' && value !== null ? (value as { id?: unknown }).id : undefined;
  return typeof id === 'string' && id.length <= 512 ? id : null;
}
