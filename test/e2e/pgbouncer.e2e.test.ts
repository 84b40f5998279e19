import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { startPgBouncer, type TestPgBouncer, whyNoPgBouncer } from '../support/servers/pgbouncer.ts';
import { runJanela, startProcess, stopProcesses } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { call } from './api.ts';

const ADMIN_API_KEY = 'the-administrators-own-key';
const pooled = whyNoPgBouncer() === null ? test : test.skip;

let kept: TestDatabase;
let pooler: TestPgBouncer | undefined;
beforeEach(async () => {
  kept = await testDatabase();
});
afterEach(async () => {
  await stopProcesses();
  await pooler?.stop();
  pooler = undefined;
  await kept.drop();
}, 60_000);

const event = (id: string, contact: number) => ({
  ...{ id, type: 'message.received', tenant: 'acme', channel: 'whatsapp', account: '551140000001' },
  ...{ contact: String(5_511_900_000_000 + contact), occurredAt: new Date().toISOString() },
});

pooled(
  'behind PgBouncer in session mode, with sessions enough, a service takes events and counts them',
  async () => {
    // Its default, 20, is less than one process may use at once.
    pooler = await startPgBouncer(kept.url, { default_pool_size: '65' });
    const service = await startProcess({ DATABASE_URL: pooler.url, ADMIN_API_KEY });
    const post = (id: string, contact: number) =>
      call(service, 'POST', '/v1/events', { body: event(id, contact) });
    const answers = await Promise.all(Array.from({ length: 60 }, (_, i) => post(`m${i}`, i)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    const usage = async () => (await call(service, 'GET', '/v1/tenants/acme/usage')).json;
    await until(async () => (await usage()).receptive.windows === 60, { what: 'all to be counted' });
    expect(await service.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  },
);

pooled('pool_mode = transaction is refused at the start, by commands too, with what to do', async () => {
  pooler = await startPgBouncer(kept.url, { pool_mode: 'transaction' });
  const settings = { DATABASE_URL: pooler.url, ADMIN_API_KEY, PORT: '0' };
  for (const args of [['serve'], ['migrate'], ['verify']]) {
    const refused = runJanela(args, settings);
    expect(await refused.exited).toEqual({ code: 1, signal: null });
    expect(refused.stderr()).toMatch(/^PostgreSQL is behind a pooler .*set pool_mode = session .*\n$/);
  }
});
