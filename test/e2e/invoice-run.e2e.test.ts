import { afterEach, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { fillManyTenants, OCTOBER } from '../support/many-tenants.ts';
import { planTerms } from '../support/plans.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { call } from './api.ts';

let database: TestDatabase | undefined;

afterEach(async () => {
  await stopProcesses();
  await database?.drop();
}, 60_000);

const TENANTS = 600;
const KILLS = [0.05, 0.3, 0.6];

async function ok(service: TestProcess, method: string, path: string, body?: unknown) {
  const answer = await call(service, method, path, { body });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.json;
}

test('an invoice run goes on after the service was killed in the middle of it, again and again', async () => {
  database = await testDatabase();
  const settings = {
    DATABASE_URL: database.url,
    ADMIN_API_KEY: 'the-administrators-own-key',
    LOG_LEVEL: 'warn',
  };
  let service = await startProcess(settings);
  await ok(service, 'PUT', '/v1/plans/of-many/versions/2025-01', planTerms({ monthlyFee: '1.00' }));
  const many = { prefix: 'many', tenants: TENANTS, windows: 20, ...OCTOBER };
  await fillManyTenants(database.database, many, { plan: 'of-many', from: '2025-10' });
  const { id } = await ok(service, 'POST', '/v1/invoice-runs', { period: '2025-10', tenants: null });
  const report = (query: string) => ok(service, 'GET', `/v1/invoice-runs/${id}?${query}`);
  for (const share of KILLS) {
    await until(async () => (await report('limit=1')).progress.final >= TENANTS * share, {
      timeoutMs: 60_000,
      what: `${share} of the run`,
    });
    await service.kill('SIGKILL');
    service = await startProcess(settings);
  }
  await until(async () => (await report('limit=1')).state === 'finished', {
    timeoutMs: 120_000,
    what: 'the run to finish',
  });
  const { progress, items } = await report('limit=1000');
  expect(progress).toEqual({ total: TENANTS, waiting: 0, final: TENANTS, open: 0, nothing: 0 });
  const numbers = new Set(items.map(({ invoice }: { invoice: string }) => invoice));
  expect(numbers.size).toBe(TENANTS);
  const { rows } = await database.database.pool.query(
    `SELECT count(*)::int AS made, count(DISTINCT tenant)::int AS tenants, max(right(number, 6)::int) AS last,
       (SELECT count(*)::int FROM billing.billed_windows) AS windows FROM billing.invoices`,
  );
  expect(rows).toEqual([{ made: TENANTS, tenants: TENANTS, last: TENANTS, windows: TENANTS * 20 }]);
}, 240_000);
