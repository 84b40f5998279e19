import { afterEach, expect, test } from '@jest/globals';
import { openDatabase } from '../../src/store/database.ts';
import { verifyInvoices } from '../../src/verify/invoices/verify-invoices.ts';
import { verifyProjection } from '../../src/verify/projection/verify-projection.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { TEST_ZONE } from '../support/projected.ts';
import { unsealingIn } from '../support/sealing.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { call } from './api.ts';
import { hammerInvoices, type InvoiceHammer, prepareInvoices } from './invoice-hammer.ts';

let database: TestDatabase | undefined;

afterEach(async () => {
  await stopProcesses();
  await database?.drop();
}, 60_000);

const OTHERS = 40;

test('drafts, final invoices and finalizing go on through a promotion and a rollback as if there were none', async () => {
  database = await testDatabase();
  const service = await startProcess({
    DATABASE_URL: database.url,
    ADMIN_API_KEY: 'the-administrators-own-key',
    GRACE_HOURS: '0',
    LOG_LEVEL: 'warn',
  });
  await prepareInvoices(service, OTHERS);
  const { json } = await call(service, 'POST', '/v1/ops/rebuilds');
  const rebuild = `/v1/ops/rebuilds/${json.id}`;
  await until(async () => (await call(service, 'GET', rebuild)).json.state === 'caught-up', {
    what: 'the rebuild to catch up',
  });
  const hammer = hammerInvoices(service, OTHERS);
  try {
    await moreRounds(hammer);
    expect(await step(service, `${rebuild}/promote`)).toEqual([200, 'promoted']);
    await moreRounds(hammer);
    expect(await step(service, `${rebuild}/rollback`)).toEqual([200, 'rolled-back']);
    await moreRounds(hammer);
  } finally {
    await hammer.stop();
  }
  expect(hammer.wrong()).toEqual([]);
  await expectVerified(database.url);
}, 120_000);

async function moreRounds(hammer: InvoiceHammer): Promise<void> {
  const before = hammer.rounds();
  await until(() => hammer.rounds() >= before + 5, { what: 'the hammer to swing' });
}

async function step(service: TestProcess, path: string): Promise<[number, string]> {
  const { status, json } = await call(service, 'POST', path);
  return [status, json.state];
}

/** Beside the service, which goes on. */
async function expectVerified(url: string): Promise<void> {
  const unhurried = openDatabase({ url, statementTimeoutMs: 0 });
  try {
    expect(
      await verifyProjection(unhurried, { unsealing: unsealingIn(unhurried.db), defaultTimeZone: TEST_ZONE }),
    ).toMatchObject({ ok: true });
    const invoices = await verifyInvoices(unhurried);
    expect(invoices).toMatchObject({ ok: true });
    expect(invoices.ok && invoices.counts.invoices).toBeGreaterThan(8);
  } finally {
    await unhurried.close();
  }
}
