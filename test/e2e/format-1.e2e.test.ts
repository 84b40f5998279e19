import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SEALED_FORMAT } from '../../src/log/record/sealed-record.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { runJanela, startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { call } from './api.ts';
import { install, readInstallation } from './installation.ts';

const ADMIN_API_KEY = 'the-administrators-own-key';
const NEW = '5521999887766';
const AT = '2026-10-20T12:00:00Z';

/** Of the last version that wrote records of format 1, with the end of its log not counted yet. */
const former = readInstallation('format-1');
const { answers } = former;

let installed: TestDatabase;
let settings: Record<string, string>;

beforeAll(async () => {
  installed = await testDatabase();
  await install(installed.owner, former);
  settings = {
    ...{
      DATABASE_URL: installed.url,
      ADMIN_API_KEY,
      GRACE_HOURS: '0',
      LOG_PARTITIONS: '4',
      LOG_LEVEL: 'warn',
    },
  };
}, 60_000);
afterAll(async () => {
  await stopProcesses();
  await installed?.drop();
});

const [[path = '', { items: windows }]] = Object.entries(answers).filter(([of]) =>
  of.includes('/windows?'),
) as [[string, (typeof answers)[string]]];
const tenant = path.split('/')[2] ?? '';
/** A window of somebody who wrote before anything was sealed. */
const [old] = windows as [Record<'id' | 'contact' | 'channel' | 'account' | 'openedAt', string>];

function received(contact: string, id: string, occurredAt = AT): object {
  const { channel, account } = old;
  return { tenant, channel, account, contact, id, type: 'message.received', occurredAt };
}

async function expectAnswers(service: TestProcess): Promise<void> {
  for (const [of, answer] of Object.entries(answers)) {
    const now = await call(service, 'GET', `/v1${of}`);
    expect([of, now.json]).toMatchObject([of, withoutSentences(answer)]);
  }
}

/** Versions may put them in other words. */
function withoutSentences(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer, (name, value) => (name === 'summary' ? undefined : value)));
}

async function succeed(...args: string[]): Promise<string> {
  const command = runJanela(args, settings);
  const { code } = await command.exited;
  expect([code, code === 0 ? '' : command.stderr()]).toEqual([0, '']);
  return command.stdout();
}

async function rebuilt(service: TestProcess): Promise<void> {
  const { json: rebuild } = await call(service, 'POST', '/v1/ops/rebuilds', { body: {} });
  const at = `/v1/ops/rebuilds/${rebuild.id}`;
  const state = async () => (await call(service, 'GET', at)).json.state;
  await until(async () => (await state()) === 'caught-up', { timeoutMs: 60_000, what: 'the rebuild' });
  expect((await call(service, 'GET', at)).json.differences).toMatchObject({ count: 0 });
  expect((await call(service, 'POST', `${at}/promote`, { body: {} })).status).toBe(200);
}

test('an installation with records of format 1 goes on: the same answers, windows and digests, and what comes is sealed', async () => {
  // The end of the log has to be counted before a contact can be told to be new.
  const front = await startProcess({ ...settings, MIGRATE_DATABASE_URL: installed.owner.url, ROLES: 'api' });
  const early = await call(front, 'POST', '/v1/events', { body: received(NEW, 'too-early') });
  expect([early.status, early.json.type]).toEqual([503, '/problems/database-unavailable']);
  expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0);

  const service = await startProcess(settings);
  const isCounted = async () => (await call(service, 'GET', '/v1/usage?period=2026-10')).json.asOf.caughtUp;
  await until(isCounted, { what: 'the rest of the log' });
  await expectAnswers(service);
  await succeed('verify', '--log');

  const opened = Date.parse(old.openedAt);
  const inside = new Date(opened + 60_000).toISOString();
  const body = [received(old.contact, 'sealed-of-old', inside), received(NEW, 'sealed-of-new')];
  const { status, json } = await call(front, 'POST', '/v1/events', { body });
  expect(status).toBe(202);
  const after = encodeURIComponent(json.receipt);
  const explained = await call(service, 'GET', `/v1/tenants/${tenant}/windows/${old.id}?after=${after}`);
  expect(explained.json).toMatchObject({ id: old.id, contact: old.contact });
  expect(explained.text).toContain('sealed-of-old');
  const { rows } = await installed.owner.pool.query<{ value: Buffer }>(
    'SELECT value FROM log.records ORDER BY appended_at DESC LIMIT 2',
  );
  for (const { value } of rows) {
    expect(value[0]).toBe(SEALED_FORMAT);
    for (const name of [old.contact, NEW, 'sealed-of']) expect(value.includes(name)).toBe(false);
  }

  await succeed('verify', '--log');
  await rebuilt(service);
  await succeed('verify');
  const invoices = Object.entries(answers).filter(([of]) => of.includes('/invoices/'));
  for (const [of, answer] of invoices)
    expect([of, (await call(service, 'GET', `/v1${of}`)).json]).toMatchObject([of, answer]);

  const erase = (contact: string) =>
    call(service, 'POST', `/v1/tenants/${tenant}/erasures`, {
      body: { channel: old.channel, contact, reason: 'asked for it' },
    });
  expect((await erase(old.contact)).json).toMatchObject({ status: 409, type: '/problems/unsealed-records' });
  expect((await erase(NEW)).status).toBe(202);
}, 180_000);
