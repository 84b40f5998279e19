/** Thresholds are judged when what they are judged by changes, without anything being counted. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { receptive, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { planTerms } from '../../../test/support/plans.ts';
import { until } from '../../../test/support/until.ts';
import { createSuspects, type Suspects } from './suspects.ts';
import { startThresholds } from './watch.ts';

let finance: TestFinance;
let suspects: Suspects;
let thresholds: ReturnType<typeof startThresholds>;

beforeAll(async () => {
  finance = await testFinance();
  finance.at('2026-11-03T12:00:00Z');
  suspects = createSuspects();
  const { db, clock, metrics } = finance.deps;
  thresholds = startThresholds({
    ...{ db, clock, metrics, suspects, defaultTimeZone: 'America/Sao_Paulo', alone: () => true },
    logger: pino({ level: 'silent' }),
  });
});
afterAll(async () => {
  await thresholds.stop();
  await finance.close();
});

async function names(tenant: string): Promise<string[]> {
  const rows = await finance.deps.db
    .selectFrom('billing.threshold_firings')
    .select('threshold')
    .where('tenant', '=', tenant)
    .orderBy('threshold')
    .execute();
  return rows.map(({ threshold }) => threshold);
}

const told = (tenant: string, name: string) =>
  until(async () => (await names(tenant)).includes(name), {
    timeoutMs: 10_000,
    what: `${name} of ${tenant}`,
  });

const version = (body: object) =>
  finance.call('PUT', '/v1/plans/pro/versions/2026-01', { body: { ...planTerms(), ...body } });

test('new thresholds of a tenant, of a plan, another subscription, and a smaller allowance', async () => {
  const receptiveTerms = (allowance: number) => ({ receptive: { ...planTerms().receptive, allowance } });
  await version(receptiveTerms(100));
  await finance.post('acme', receptive(4, '2026-11-02T12:00:00Z'));
  await finance.call('PUT', '/v1/tenants/acme/thresholds', {
    body: { thresholds: [{ of: 'receptive', count: 4 }] },
  });
  await told('acme', 'receptive:4');
  await finance.call('PUT', '/v1/tenants/acme/thresholds', { body: { thresholds: null } });
  await version({
    ...receptiveTerms(100),
    thresholds: [
      { of: 'allowance', percent: 4 },
      { of: 'allowance', percent: 50 },
    ],
  });
  await finance.call('PUT', '/v1/tenants/acme/subscriptions/2026-01', { body: { plan: 'pro', until: null } });
  await told('acme', 'allowance:4%');
  expect(await names('acme')).toEqual(['allowance:4%', 'receptive:4']);
  await version(receptiveTerms(8));
  await told('acme', 'allowance:50%');
  await version({ ...receptiveTerms(8), thresholds: [{ of: 'receptive', count: 3 }] });
  await told('acme', 'receptive:3');
});

test('what was counted without being told is judged once somebody says that something was missed', async () => {
  await finance.call('PUT', '/v1/tenants/missed/thresholds', {
    body: {
      thresholds: [
        { of: 'receptive', count: 2 },
        { of: 'active', count: 1 },
      ],
    },
  });
  await finance.post('missed', receptive(2, '2026-11-02T12:00:00Z'));
  suspects.missed();
  await told('missed', 'receptive:2');
  expect(await names('missed')).toEqual(['receptive:2']);
});
