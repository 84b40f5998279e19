import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  calendar,
  countKinds,
  expectedGroups,
  expectedItem,
  expectedItems,
  expectedMessages,
  type Item,
  iso,
  type Told,
  verdicts,
} from '../../test/support/expected-answers.ts';
import { type Reading, reading } from '../../test/support/reading.ts';
import { arrivalsOf, historyOf, SEED, timelines } from '../../test/support/traffic.ts';
import { judge } from '../domain/effective.ts';
import { compareCanonical, EVENT_CLASS } from '../domain/event.ts';
import { type ConversationHistory, factOf, foldHistories, orderOf, standing } from '../domain/history.ts';
import type { RuleTimeline } from '../domain/rule.ts';
import { FORMER_HASHES } from '../sealing/hashes.ts';
import { withoutFormula } from './conventions/csv.ts';

const DIMENSIONS = ['day', 'channel', 'account', 'origin', 'category', 'campaign'];

let api: Reading;

beforeAll(async () => {
  api = await reading();
});

afterAll(() => api?.close());

async function checkUsage(told: Told, items: readonly Item[], groupBy: readonly string[]) {
  const periods = Map.groupBy(items, (item) => calendar.periodOf(Date.parse(item.openedAt)));
  for (const [period, own] of periods) {
    const url = `/v1/tenants/${told.tenant}/usage?period=${period}`;
    const usage = await api.get(url);
    expect({ receptive: usage.receptive.windows, active: usage.active.windows }).toEqual(countKinds(own));
    expect(usage.messages).toEqual(expectedMessages(told.events, period));
    for (const dimensions of [groupBy, groupBy.slice(0, 1)]) {
      const { groups } = await api.get(`${url}&groupBy=${dimensions}`);
      expect(groups).toEqual(expectedGroups(own, dimensions));
    }
    const { groups } = await api.get(`${url}&groupBy=${groupBy}`);
    expect(await api.getCsv(`${url}&groupBy=${groupBy}`)).toEqual(
      groups.map((group: Record<string, unknown>) => expect.objectContaining(asText(group))),
    );
    expect(await api.getCsv(url)).toEqual([
      expect.objectContaining(
        asText({ ...countKinds(own), period, messagesReceived: usage.messages.received, allowance: null }),
      ),
    ]);
  }
}

function asText(row: Record<string, unknown>): Record<string, string> {
  const text = (value: unknown) => (typeof value === 'string' ? withoutFormula(value) : String(value ?? ''));
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, text(value)]));
}

async function checkWindows({ tenant }: Told, items: readonly Item[]) {
  const url = `/v1/tenants/${tenant}/windows`;
  expect(await api.getAll(url, 3)).toEqual(items);
  const flat = items.map(({ position, ...item }) => ({ ...item, ...position }));
  expect(await api.getCsv(url)).toEqual(flat.map(asText));
  const byDay = Map.groupBy(items, (item) => calendar.dayOf(Date.parse(item.openedAt)));
  for (const [day, own] of byDay) {
    expect(await api.getAll(`${url}?day=${day}`, 3)).toEqual(own);
    expect(await api.getAll(`${url}?day=${day}&period=${day.slice(0, 7)}`, 100)).toEqual(own);
    expect(await api.getAll(`${url}?day=${day}&period=2001-01`, 100)).toEqual([]);
  }
}

async function checkExplanations(told: Told, items: readonly Item[]) {
  const roles = verdicts(told);
  for (const item of items) {
    const explanation = await api.get(`/v1/tenants/${told.tenant}/windows/${item.id}`);
    expect(explanation).toMatchObject({ ...item, removed: false });
    expect(explanation.period.id).toBe(calendar.periodOf(Date.parse(item.openedAt)));
    const inside = [...roles]
      .filter(
        ([event]) =>
          event.contact === item.contact &&
          iso(event.occurredAt) >= item.openedAt &&
          iso(event.occurredAt) < item.closesAt,
      )
      .sort(([a], [b]) => compareCanonical(orderOf(a), orderOf(b)))
      .map(([event, { role }]) => [
        role,
        event.id,
        event.type,
        { partition: 0, offset: told.offsets.get(event) },
      ]);
    const shown = explanation.events.map(
      (event: { role: string; id: string; type: string; position: unknown }) => [
        event.role,
        event.id,
        event.type,
        event.position,
      ],
    );
    expect(shown).toEqual(inside);
    for (const event of explanation.events) {
      if (event.role === 'failed' || event.role === 'voided') expect(event.because).not.toEqual([]);
    }
  }
}

async function checkEvents(told: Told) {
  const states = verdicts(told);
  const url = `/v1/tenants/${told.tenant}/events`;
  const listed = await api.getAll(url, 7);
  const facts = (item: { contact: string; id: string; state: string; position: { offset: number } }) =>
    `${item.contact} ${item.id} ${item.state} ${item.position.offset}`;
  const expected = [...states].map(([event, { state }]) =>
    facts({ ...event, state, position: { offset: told.offsets.get(event) ?? -1 } }),
  );
  expect(listed.map(facts).sort()).toEqual(expected.sort());
  for (const state of ['failed', 'voided', 'unmatched', 'effective']) {
    expect(await api.getAll(`${url}?state=${state}`, 4)).toEqual(
      listed.filter((item) => item.state === state),
    );
  }
  const one = listed[0];
  expect(await api.getAll(`${url}?id=${encodeURIComponent(one.id)}`, 2)).toEqual(
    listed.filter((item) => item.id === one.id),
  );
}

async function checkConversations(told: Told, at: number, rules: RuleTimeline) {
  for (const [first] of Map.groupBy(told.events, FORMER_HASHES.conversation).values()) {
    if (first === undefined) continue;
    const { channel, account, contact } = first;
    const own = told.events.filter((event) => event.contact === contact && event.occurredAt <= at);
    const then = { ...told, histories: foldHistories(own, () => rules) };
    const [history] = then.histories;
    const items = (history?.windows ?? []).map((_, i) =>
      expectedItem(then, history as ConversationHistory, i),
    );
    const query = new URLSearchParams({ channel, account, contact, at: iso(at) });
    const answer = await api.get(`/v1/tenants/${told.tenant}/conversation?${query}`);
    const last = items.at(-1);
    const window = last !== undefined && iso(at) < last.closesAt ? last : null;
    expect(answer.windows).toEqual(items.slice(-20).reverse());
    expect(answer.window).toEqual(window);
    expect(answer.orphans.map(({ id }: { id: string }) => id)).toEqual(
      (history?.orphans ?? [])
        .map(({ id }) => id)
        .slice(-20)
        .reverse(),
    );
    expect(answer.templateWouldOpen).toBe(channel === 'whatsapp' && window === null ? 'active' : null);
    const judgement = judge(standing(own).map(factOf));
    const wrote = standing(own)
      .map(factOf)
      .filter((fact) => fact.class === EVENT_CLASS.received && judgement.fate(fact) === 'effective')
      .map((fact) => fact.event.occurredAt + 86_400_000)
      .filter((closesAt) => closesAt > at);
    const open = channel !== 'webchat' && wrote.length > 0;
    const closesAt = open ? iso(Math.max(...wrote)) : null;
    expect(answer.customerService).toEqual({ open, closesAt });
    expect(answer.freeTextAllowed).toBe(open || channel === 'webchat');
  }
}

const cases = fc.tuple(historyOf('acme'), timelines).chain(([events, rules]) =>
  fc.record({
    arrivals: arrivalsOf(events),
    again: arrivalsOf(events),
    rules: fc.constant(rules),
    sizes: fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 12, size: 'max' }),
    groupBy: fc.shuffledSubarray(DIMENSIONS, { minLength: 2, maxLength: 4 }),
    at: fc.nat({ max: 600 }),
  }),
);

test(`every answer says what the fold says (seed ${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ arrivals, rules, sizes, groupBy, at }) => {
      const told = await api.tell(arrivals, rules, sizes);
      const items = expectedItems(told);
      await checkWindows(told, items);
      await checkUsage(told, items, groupBy);
      await checkExplanations(told, items);
      await checkEvents(told);
      const first = Math.min(...told.events.map(({ occurredAt }) => occurredAt));
      await checkConversations(told, first + Math.floor(at / 5) * 3_600_000 + (at % 5) - 2, rules);
    }),
    { numRuns: 200, seed: SEED },
  );
}, 600_000);

/** An answer without what depends on arrival: positions, ids that contain the tenant, and the tenant. */
function withoutArrival(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (name, member) =>
    ['position', 'tenant', 'id', 'asOf', 'nextCursor'].includes(name) &&
    !(name === 'id' && member.length < 64)
      ? undefined
      : member,
  );
}

async function answers({ tenant }: Told, period: string) {
  const base = `/v1/tenants/${tenant}`;
  const { items } = await api.get(`${base}/windows?limit=1000`);
  // Ids contain the tenant, so windows of one instant may change places.
  const order = ({ openedAt, contact }: Item) => openedAt + contact;
  items.sort((a: Item, b: Item) => (order(a) < order(b) ? -1 : 1));
  const explanations = [];
  for (const { id } of items) explanations.push(await api.get(`${base}/windows/${id}`));
  const events = (await api.get(`${base}/events?limit=1000`)).items;
  const byParty = new Map<string, unknown[]>();
  for (const event of events) byParty.set(event.contact, [...(byParty.get(event.contact) ?? []), event]);
  return withoutArrival([
    await api.get(`${base}/usage?period=${period}&groupBy=${DIMENSIONS}`),
    items,
    explanations,
    [...byParty],
  ]);
}

test(`arrival order, repetition and batching change no answer but its positions (seed ${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ arrivals, again, rules, sizes }) => {
      const one = await api.tell(arrivals, rules, sizes);
      const other = await api.tell(again, rules);
      const period = calendar.periodOf(arrivals[0]?.occurredAt ?? 0);
      expect(await answers(one, period)).toEqual(await answers(other, period));
    }),
    { numRuns: 40, seed: SEED },
  );
}, 600_000);
