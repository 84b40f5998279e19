import type { Conversation } from '../../domain/conversation.ts';
import { EVENT_CLASS } from '../../domain/event.ts';
import type { StoredEvent } from '../../projection/tables/events.ts';
import type { TallyDeltas } from '../../projection/tables/tallies.ts';
import type { TenantRules } from '../../projection/tables/tenant-rules.ts';
import { kindOf, type WindowRow } from '../../projection/tables/windows.ts';
import { foldWhole } from '../../projection/whole-conversation.ts';
import { FORMER_HASHES } from '../../sealing/hashes.ts';

/** A conversation as the projection keeps it; its windows ascend by opening instant. */
export interface StoredConversation {
  hash: string;
  party: Conversation | null;
  events: StoredEvent[];
  windows: WindowRow[];
}

/**
 * The first thing wrong with one conversation, as a sentence; null: its windows are the fold of its events. Messages
 * that count are added to `messages`.
 */
export function conversationDifference(
  { hash, party, events, windows }: StoredConversation,
  settings: TenantRules | undefined,
  partition: number,
  messages: TallyDeltas,
): string | null {
  if (party === null) return `Conversation ${hash} has events or windows but no row in conversations.`;
  const name = nameOf(party);
  // What is sealed is bound to these hashes by its seal.
  if (party.contact !== '' && FORMER_HASHES.conversation(party) !== hash)
    return `The row of conversation ${hash} names ${name}, which has another hash.`;
  if (settings === undefined) throw new Error(`the settings of tenant ${party.tenant} were not loaded`);
  if (events.length === 0) return `${name} has no events.`;
  return (
    eventDifference(name, events, partition) ??
    overlap(name, windows) ??
    openerDifference(name, windows, events) ??
    foldDifference(name, party, windows, events, settings, messages)
  );
}

const CLASSES = new Set<number>(Object.values(EVENT_CLASS));

function eventDifference(name: string, events: readonly StoredEvent[], partition: number): string | null {
  const targets = new Set(events.flatMap(({ class: c, ref }) => (c === EVENT_CLASS.void && ref) || []));
  for (const event of events) {
    if (event.partition !== partition)
      return `Event ${event.id} of ${name} is stored for partition ${event.partition}; its conversation belongs to partition ${partition}.`;
    if (!CLASSES.has(event.class))
      return `Event ${event.id} of ${name}, at ${positionOf(event)}, is of class ${event.class}: neither message nor receipt, void or activity.`;
    if (event.content === null && FORMER_HASHES.id(event.id) !== event.key)
      return `Event ${event.id} of ${name}, at ${positionOf(event)}, is stored under the hash of another id.`;
    const voided = event.class !== EVENT_CLASS.void && targets.has(event.key);
    if (event.voided !== voided)
      return `Event ${event.id} of ${name}, at ${positionOf(event)}, is marked as ${event.voided ? '' : 'not '}voided, which ${voided ? 'another' : 'no'} event says.`;
  }
  return null;
}

function overlap(name: string, windows: readonly WindowRow[]): string | null {
  for (const [i, window] of windows.entries()) {
    const before = windows[i - 1];
    if (before !== undefined && window.opened_at < before.closes_at)
      return `Two windows of ${name} overlap: ${describe(before)} and ${describe(window)}.`;
  }
  return null;
}

function openerDifference(
  name: string,
  windows: readonly WindowRow[],
  events: readonly StoredEvent[],
): string | null {
  if (windows.length === 0) return null;
  const byKey = new Map(events.map((event) => [event.key, event]));
  for (const window of windows) {
    const opener = byKey.get(window.opener);
    if (opener === undefined) return `${describe(window)} of ${name} has no opener: its event is not stored.`;
    if (opener.at !== window.opened_at)
      return `${describe(window)} of ${name} does not start with its opener, which happened at ${instant(opener.at)}.`;
    if (opener.partition !== window.partition || opener.offset !== window.offset)
      return `${describe(window)} of ${name} points to ${positionOf(window)}, its opener is at ${positionOf(opener)}.`;
  }
  return null;
}

function foldDifference(
  name: string,
  party: Conversation,
  windows: readonly WindowRow[],
  events: StoredEvent[],
  settings: TenantRules,
  messages: TallyDeltas,
): string | null {
  const { windows: folded } = foldWhole(party, events, settings, messages);
  for (let i = 0; i < Math.max(folded.length, windows.length); i++) {
    const stored = windows[i];
    const right = folded[i];
    if (right !== undefined && (stored === undefined || stored.opened_at > right.opened_at))
      return `${name} lacks a window: ${describe(right)} follows from its events.`;
    if (stored === undefined) continue;
    if (right === undefined || stored.opened_at < right.opened_at)
      return `${describe(stored)} of ${name} does not follow from its events.`;
    for (const column of Object.keys(right) as (keyof WindowRow)[]) {
      if (stored[column] !== right[column])
        return `${describe(stored)} of ${name} says ${column} ${show(column, stored)}, its events say ${show(column, right)}.`;
    }
  }
  return null;
}

export function nameOf({ tenant, channel, account, contact }: Conversation): string {
  return `tenant ${tenant}'s conversation ${channel} ${account} with ${contact}`;
}

function describe(window: WindowRow): string {
  return `the ${kindOf(window.kind)} window of ${instant(window.opened_at)} to ${instant(window.closes_at)} opened by ${window.opened_by}`;
}

function show(column: keyof WindowRow, window: WindowRow): string {
  const value = window[column];
  return column === 'closes_at' || column === 'opened_at'
    ? instant(Number(value))
    : String(value ?? 'nothing');
}

function positionOf({ partition, offset }: { partition: number; offset: number }): string {
  return `partition ${partition}, offset ${offset}`;
}

function instant(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString();
}
