import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type TestProjection, testProjection } from '../../../test/support/projection.ts';
import { unsealingIn } from '../../../test/support/sealing.ts';
import {
  arrivalsOf,
  crowdedHistoryOf,
  historyOf,
  longHistoryOf,
  SEED,
  timelines,
} from '../../../test/support/traffic.ts';
import { CUSTOMER_SERVICE_MS } from '../../domain/conversation.ts';
import { effectiveMessages } from '../../domain/effective.ts';
import { EVENT_CLASS, type Event } from '../../domain/event.ts';
import { factOf, foldHistories, orderOf, standing } from '../../domain/history.ts';
import type { RuleTimeline } from '../../domain/rule.ts';
import { FORMER_HASHES } from '../../sealing/hashes.ts';
import { conversationAt } from './conversation.ts';
import { readSnapshot } from './snapshot.ts';

let projection: TestProjection;
let tenants = 0;

beforeAll(async () => {
  projection = await testProjection();
});

afterAll(() => projection?.close());

/** What the fold from scratch says of the events that occurred by an instant, as `told` shows it. */
function expected(events: readonly Event[], rules: RuleTimeline, at: number) {
  const known = events.filter(({ occurredAt }) => occurredAt <= at);
  const [history] = foldHistories(known, () => rules);
  const facts = standing(known).map((event) => ({ ...factOf(event), ...orderOf(event) }));
  const received = effectiveMessages(facts).findLast((message) => message.class === EVENT_CLASS.received);
  const isRecent = received !== undefined && at < received.at + CUSTOMER_SERVICE_MS;
  return {
    windows: (history?.windows ?? [])
      .slice(-20)
      .reverse()
      .map(({ opener, kind, openedAt, closesAt, rule }) => {
        const sent = kind === 'active' ? (opener.event.template?.category ?? null) : null;
        return [opener.id, openedAt, closesAt, rule.rule, sent];
      }),
    orphans: (history?.orphans ?? [])
      .slice(-20)
      .reverse()
      .map(({ id, at }) => [id, at]),
    contactWroteAt: isRecent ? received.at : null,
  };
}

async function told(party: Event, rules: RuleTimeline, at: number) {
  const settings = { rules };
  const asked = { conversation: FORMER_HASHES.conversation(party), party, settings };
  const state = await readSnapshot(projection.database.db, (snapshot) =>
    conversationAt(snapshot, asked, at, unsealingIn(snapshot.db)),
  );
  return {
    windows: state.windows.map((row) => [
      row.opened_by,
      row.opened_at,
      row.closes_at,
      row.rule,
      row.category,
    ]),
    orphans: state.orphans.map(({ id, at }) => [id, at]),
    contactWroteAt: state.contactWroteAt,
  };
}

/** At instants among the events of each conversation, at them and beside them, and after all. */
async function expectAsFolded(arrivals: readonly Event[], rules: RuleTimeline, asked: readonly number[]) {
  const tenant = `asked-${tenants++}`;
  const own = arrivals.map((event) => ({ ...event, tenant }));
  await projection.register(tenant, rules);
  await projection.projectAll(own, []);
  for (const events of Map.groupBy(own, FORMER_HASHES.conversation).values()) {
    const [first] = events;
    if (first === undefined) continue;
    for (const n of asked) {
      const at = (events[n % events.length]?.occurredAt ?? 0) + (n % 3) - 1;
      expect(await told(first, rules, at)).toEqual(expected(events, rules, at));
    }
    expect(await told(first, rules, Date.parse('2030-01-01'))).toEqual(
      expected(events, rules, Date.parse('2030-01-01')),
    );
  }
}

test.each([
  ['', historyOf('acme').chain(arrivalsOf), 120],
  [', with more receipts and voids than are read', crowdedHistoryOf('acme').chain(arrivalsOf), 40],
  [', however long it is', longHistoryOf('acme').map(({ early, late }) => [...early, ...late]), 25],
])(
  `a conversation at an instant is the fold of what had occurred by then%s (seed ${SEED})`,
  async (_, histories, numRuns) => {
    const asked = fc.array(fc.nat({ max: 1_000 }), { minLength: 4, maxLength: 8 });
    await fc.assert(fc.asyncProperty(histories, timelines, asked, expectAsFolded), { numRuns, seed: SEED });
  },
  240_000,
);
