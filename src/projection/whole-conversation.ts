import type { Conversation } from '../domain/conversation.ts';
import { effectiveMessages, judge } from '../domain/effective.ts';
import { isMessage } from '../domain/event.ts';
import { fold } from '../domain/window.ts';
import type { StoredEvent } from './tables/events.ts';
import { countMessage, type TallyDeltas } from './tables/tallies.ts';
import type { TenantRules } from './tables/tenant-rules.ts';
import { type WindowRow, windowRow } from './tables/windows.ts';

/**
 * The windows of a conversation from all its events, none twice, and those of the events that are voided; its messages
 * that count are added to `deltas`.
 */
export function foldWhole(
  party: Conversation,
  events: readonly StoredEvent[],
  { rules, calendar }: TenantRules,
  deltas: TallyDeltas,
): { windows: WindowRow[]; voided: StoredEvent[] } {
  const judgement = judge(events);
  const voided: StoredEvent[] = [];
  for (const event of events) {
    if (judgement.fate(event) === 'voided') voided.push(event);
    else if (isMessage(event.class)) countIn(event);
  }
  const { windows } = fold(party.channel, effectiveMessages(events, judgement), rules);
  return { windows: windows.map((window) => windowRow(party, window)), voided };

  function countIn(event: StoredEvent): void {
    const day = calendar.dayOf(event.at);
    const key = { tenant: party.tenant, day, partition: event.partition };
    countMessage(deltas, key, { class: event.class, count: 1 });
  }
}
