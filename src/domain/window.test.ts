import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { arrivalsOf, historyOf, timelines } from '../../test/support/traffic.ts';
import { EVENT_CLASS, type Event } from './event.ts';
import { type ConversationHistory, foldHistories } from './history.ts';
import type { RuleTimeline } from './rule.ts';

const RUNS = { numRuns: 500 };

/** Windows as plain facts, in an order of their own. */
function windowsOf(histories: readonly ConversationHistory[]): string[] {
  return histories
    .flatMap(({ conversation, windows }) =>
      windows.map(({ kind, openedAt, closesAt, opener, rule }) =>
        JSON.stringify([conversation, kind, openedAt, closesAt, opener.id, rule.rule]),
      ),
    )
    .sort();
}

test('any order and repetition of the same events gives the same windows', () => {
  const cases = fc
    .tuple(historyOf('acme'), timelines)
    .chain(([events, rules]) =>
      fc.record({ events: fc.constant(events), arrivals: arrivalsOf(events), rules: fc.constant(rules) }),
    );
  fc.assert(
    fc.property(cases, ({ events, arrivals, rules }) => {
      expect(windowsOf(foldHistories(arrivals, () => rules))).toEqual(
        windowsOf(foldHistories(events, () => rules)),
      );
    }),
    RUNS,
  );
});

test('windows of a conversation never overlap and each starts at its opener', () => {
  fc.assert(
    fc.property(historyOf('acme'), timelines, (events, rules) => {
      for (const { windows } of foldHistories(events, () => rules)) {
        for (const [i, window] of windows.entries()) {
          expect(window.openedAt).toBe(window.opener.at);
          expect(window.closesAt).toBeGreaterThan(window.openedAt);
          expect(window.openedAt).toBeGreaterThanOrEqual(
            windows[i - 1]?.closesAt ?? Number.NEGATIVE_INFINITY,
          );
          expect(window.kind === 'active').toBe(window.opener.class === EVENT_CLASS.template);
        }
      }
    }),
    RUNS,
  );
});

test('shifting all instants, and those of the rules, shifts the windows', () => {
  fc.assert(
    fc.property(historyOf('acme'), timelines, fc.integer({ min: -1e12, max: 1e12 }), (events, rules, by) => {
      const shifted = events.map((event): Event => ({ ...event, occurredAt: event.occurredAt + by }));
      const later = rules.map(({ from, ...rule }) => ({ ...rule, from: from === null ? null : from + by }));
      const moved = foldHistories(shifted, () => later as unknown as RuleTimeline);
      for (const window of moved.flatMap(({ windows }) => windows)) {
        window.openedAt -= by;
        window.closesAt -= by;
      }
      expect(windowsOf(moved)).toEqual(windowsOf(foldHistories(events, () => rules)));
    }),
    RUNS,
  );
});

test('voiding every event leaves no window', () => {
  fc.assert(
    fc.property(historyOf('acme'), timelines, (events, rules) => {
      const voids = events.map(
        (event, i): Event => ({
          ...event,
          id: `void-${i}`,
          type: 'event.voided',
          target: event.id,
          reason: 'all',
          actor: 'ops',
        }),
      );
      for (const event of voids) delete event.template;
      expect(windowsOf(foldHistories([...voids, ...events], () => rules))).toEqual([]);
    }),
    RUNS,
  );
});
