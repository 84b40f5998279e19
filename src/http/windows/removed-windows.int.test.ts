import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { active, type Happening, type TestFinance, testFinance } from '../../../test/support/finance.ts';

let finance: TestFinance;
let tenants = 0;

beforeAll(async () => {
  finance = await testFinance();
});

afterAll(() => finance?.close());

const [template] = active(1, '2026-11-10T12:00:00Z') as [Happening];

/** The explanation of the window of a template that was invoiced in November, after events that came too late. */
async function explainedAfter(late: readonly Partial<Happening>[]) {
  const tenant = `removed-${tenants++}`;
  await finance.subscribe(tenant);
  await finance.post(tenant, [template]);
  await finance.finalize(tenant, '2026-11');
  const [billed] = await finance.windowsOf(tenant, '2026-11', 'active:1');
  const events = late.map((event) => ({ ...template, template: undefined, ...event }));
  await finance.post(tenant, events as Happening[]);
  const url = `/v1/tenants/${tenant}/windows/${billed.id}`;
  const portuguese = (await finance.get(url)).json.summary;
  expect(portuguese).toMatch(
    /^A mensagem template order_update \(utility, origem api\) com o id a0 abriu uma conversa ativa, .* que foi faturada em 2026-11\. Essa sessão não existe mais: /,
  );
  return (await finance.call('GET', url, { headers: { 'accept-language': 'en' } })).json;
}

const BILLED =
  'The template order_update (utility, origin api) with the id a0 was invoiced in 2026-11 as the opener of a window: active, from 2026-11-10T12:00:00.000Z to 2026-11-11T12:00:00.000Z. That window is gone: ';
const tookAway = (id: string, { offset, partition }: { offset: number; partition: number }) =>
  `The event ${id}, at offset ${offset} of partition ${partition} of the log, took it away.`;
const roles = (events: readonly { id: string; role: string }[]) => events.map(({ id, role }) => [id, role]);

test('an invoiced window whose opener turns out to lie in another one says in which', async () => {
  const { removed, removedBy, summary, events, previous } = await explainedAfter([
    { id: 'm1', type: 'message.received', at: '2026-11-10T11:00:00Z' },
    { id: 'm2', type: 'message.received', at: '2026-11-10T13:00:00Z' },
  ]);
  expect({ removed, event: removedBy.event }).toEqual({ removed: true, event: 'm1' });
  expect(roles(events)).toEqual([
    ['a0', 'included'],
    ['m2', 'included'],
  ]);
  expect(previous.openedBy).toBe('m1');
  expect(summary).toBe(
    `${BILLED}a0 is inside the receptive window that m1 opened at 2026-11-10T11:00:00.000Z, open until 2026-11-11T11:00:00.000Z, and costs nothing more. ${tookAway('m1', removedBy.position)}`,
  );
});

test('at the same instant the message of the contact comes first and takes the template in', async () => {
  const { summary } = await explainedAfter([{ id: 'm1', type: 'message.received', at: template.at }]);
  expect(summary).toContain('a0 is inside the receptive window that m1 opened at 2026-11-10T12:00:00.000Z');
});

test('an invoiced window whose opener was voided, though another one follows from inside it', async () => {
  const { removedBy, summary, events } = await explainedAfter([
    { id: 'm2', type: 'message.received', at: '2026-11-10T13:00:00Z' },
    {
      id: 'v',
      type: 'event.voided',
      target: 'a0',
      reason: 'sent twice',
      actor: 'maria',
      at: '2026-12-01T00:00:00Z',
    },
  ]);
  expect(roles(events)).toEqual([
    ['a0', 'voided'],
    ['m2', 'included'],
  ]);
  expect(summary).toBe(`${BILLED}a0 was voided, so it never happened. ${tookAway('v', removedBy.position)}`);
});

test('an invoiced window whose template failed', async () => {
  const { removedBy, summary, events } = await explainedAfter([
    { id: 'f', type: 'message.failed', message: 'a0', at: '2026-12-03T13:00:00Z' },
  ]);
  expect(roles(events)).toEqual([['a0', 'failed']]);
  expect(summary).toBe(
    `${BILLED}a0 failed and was neither delivered nor read, so it never happened. ${tookAway('f', removedBy.position)}`,
  );
});
