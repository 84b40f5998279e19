import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { normaliseParty } from './conversation.ts';
import type { Event } from './event.ts';
import { foldHistories } from './history.ts';
import { DEFAULT_RULE, RULE_NAMES, type RuleName, type RuleTimeline } from './rule.ts';

interface Vector {
  number: number;
  name: string;
  events: (Omit<Event, 'occurredAt'> & { occurredAt: string })[];
  windows: Record<
    RuleName,
    { channel: string; account: string; contact: string; kind: string; openedAt: string; closesAt: string }[]
  >;
}

const { cases } = JSON.parse(readFileSync(new URL('./vectors.json', import.meta.url), 'utf8')) as {
  cases: Vector[];
};

for (const rule of RULE_NAMES) {
  test.each(cases)(`${rule}: published case $number, $name`, ({ events, windows }) => {
    const rules: RuleTimeline = [{ from: null, ...DEFAULT_RULE, rule }];
    const folded = foldHistories(events.map(asEvent), () => rules).flatMap(({ conversation, windows }) =>
      windows.map(({ kind, openedAt, closesAt }) => ({
        channel: conversation.channel,
        account: conversation.account,
        contact: conversation.contact,
        kind: kind as string,
        openedAt,
        closesAt,
      })),
    );
    const expected = windows[rule].map((window) => ({
      ...window,
      openedAt: Date.parse(window.openedAt),
      closesAt: Date.parse(window.closesAt),
    }));
    expect(folded).toEqual(expected);
  });
}

function asEvent(raw: Vector['events'][number]): Event {
  return {
    ...raw,
    account: normaliseParty(raw.channel, raw.account),
    contact: normaliseParty(raw.channel, raw.contact),
    occurredAt: Date.parse(raw.occurredAt),
  };
}
