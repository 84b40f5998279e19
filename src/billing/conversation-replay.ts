import type { RuleTimeline } from '../domain/rule.ts';
import { fold } from '../domain/window.ts';
import { effectiveMessages } from '../projection/refold.ts';
import type { StoredEvent } from '../projection/relate.ts';

export interface ReplayedEvent extends StoredEvent {
  receivedAt: number;
}

export interface Replay {
  /** The event after which a window was there, or was gone, as it is now; null: it never changed. */
  causeOf(opener: string): ReplayedEvent | null;
}

/**
 * The windows of one conversation as they were when its log ended at each event from offset `covered` on. Messages
 * after the last instant of interest play no part in windows before it and should be left out of `events`.
 */
export function replay(
  channel: string,
  rules: RuleTimeline,
  events: readonly ReplayedEvent[],
  covered: number,
): Replay {
  const late = events.filter(({ offset }) => offset >= covered).sort((a, b) => a.offset - b.offset);
  const states = new Map<number, Set<string>>();
  /** Openers of the windows after the first `count` late events. */
  const stateAfter = (count: number): Set<string> => {
    const known = states.get(count);
    if (known !== undefined) return known;
    const end = late[count]?.offset ?? Number.POSITIVE_INFINITY;
    const messages = effectiveMessages(events.filter(({ offset }) => offset < end));
    const state = new Set(fold(channel, messages, rules).windows.map(({ opener }) => opener.key));
    states.set(count, state);
    return state;
  };
  return {
    causeOf(opener) {
      const now = stateAfter(late.length).has(opener);
      let before = 0;
      let after = late.length;
      if (stateAfter(0).has(opener) === now) {
        // It went back and forth: look for the last time.
        while (after > 0 && stateAfter(after - 1).has(opener) === now) after--;
        return late[after - 1] ?? null;
      }
      while (after - before > 1) {
        const middle = (before + after) >> 1;
        if (stateAfter(middle).has(opener) === now) after = middle;
        else before = middle;
      }
      return late[before] ?? null;
    },
  };
}
