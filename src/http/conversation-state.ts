import { CUSTOMER_SERVICE_MS, hasCustomerServiceWindow, hasTemplates } from '../domain/conversation.ts';
import { EVENT_CLASS, type Ordered } from '../domain/event.ts';
import type { RuleTimeline } from '../domain/rule.ts';
import { type FoldMessage, fold, type Window } from '../domain/window.ts';
import { messagesUpTo, type StoredEvent } from '../store/read/events.ts';
import { withRelatives } from '../store/read/relatives.ts';
import type { ReadSnapshot } from '../store/read/snapshot.ts';
import { judgeEvents } from './judge-events.ts';

export type JudgedMessage = FoldMessage & StoredEvent;

/** A conversation as it was at an instant; newest last. */
export interface ConversationState {
  windows: Window<JudgedMessage>[];
  orphans: JudgedMessage[];
  /** Instant (ms) of the contact's latest message. */
  contactWroteAt: number | null;
}

/** How many windows and orphans are kept. */
const KEPT = 20;
/** Messages read at once: a conversation of any length is folded in bounded memory. */
const PAGE = 2_000;

/** Folds the events of a conversation that occurred by an instant (ms, inclusive), receipts and voids included. */
export async function conversationAt(
  snapshot: ReadSnapshot,
  { conversation, channel, rules }: { conversation: string; channel: string; rules: RuleTimeline },
  at: number,
): Promise<ConversationState> {
  const state: ConversationState = { windows: [], orphans: [], contactWroteAt: null };
  let page: StoredEvent[];
  let after: Ordered | null = null;
  do {
    page = await messagesUpTo(snapshot, conversation, at, after, PAGE);
    const messages = effective(page, await withRelatives(snapshot, page, at));
    const open = state.windows.pop() ?? null;
    const start = { window: open, contactWroteAt: state.contactWroteAt };
    const { windows, orphans } = fold(channel, messages, rules, start);
    state.windows = [...state.windows, ...windows].slice(-KEPT);
    state.orphans = [...state.orphans, ...orphans].slice(-KEPT);
    const received = messages.findLast((message) => message.class === EVENT_CLASS.received);
    state.contactWroteAt = received?.at ?? state.contactWroteAt;
    after = page.at(-1) ?? null;
  } while (page.length === PAGE);
  return state;
}

function effective(page: readonly StoredEvent[], related: readonly StoredEvent[]): JudgedMessage[] {
  const verdicts = judgeEvents(related);
  return page
    .filter((message) => verdicts.fate(message) === 'effective')
    .map((message) => ({ ...message, delivered: verdicts.delivered(message) }));
}

/** What the agent may do at an instant (ms). Contract section 1, "customer service window", and rule 2. */
export function permissions(channel: string, { windows, contactWroteAt }: ConversationState, at: number) {
  const last = windows.at(-1);
  const open = last !== undefined && at < last.closesAt ? last : null;
  const hasService = hasCustomerServiceWindow(channel);
  const closesAt = hasService && contactWroteAt !== null ? contactWroteAt + CUSTOMER_SERVICE_MS : null;
  const serviceOpen = closesAt !== null && at < closesAt;
  return {
    open,
    customerService: { open: serviceOpen, closesAt: serviceOpen ? closesAt : null },
    freeTextAllowed: serviceOpen || !hasService,
    templateWouldOpen: hasTemplates(channel) && open === null ? ('active' as const) : null,
  };
}
