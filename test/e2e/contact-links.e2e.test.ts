import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { call, listAll } from './api.ts';
import { ADMIN_API_KEY } from './loaded.ts';

/** Contract section 5: everywhere within 5 s. */
const WITHIN_MS = 5_000;
const PERSON = '5511987654321';
const ALIAS = 'BR.13491208655302741918';
let database: TestDatabase;

beforeEach(async () => {
  database = await testDatabase();
});
afterEach(async () => {
  await stopProcesses();
  await database.drop();
}, 60_000);

let posted = 0;

/** Posts an event of the alias; resolves with whom it was logged for. */
async function loggedFor(service: TestProcess): Promise<string> {
  const party = { tenant: 'acme', channel: 'whatsapp', account: '551140000001', contact: ALIAS };
  const id = `e${posted++}`;
  const event = { id, type: 'message.received', ...party, occurredAt: new Date().toISOString() };
  const { status, json } = await call(service, 'POST', '/v1/events', { body: event });
  expect(status).toBe(202);
  for (const contact of [PERSON, ALIAS]) {
    const path = `/v1/tenants/acme/events?channel=whatsapp&account=551140000001&contact=${contact}&id=${id}&after=${json.receipt}`;
    if ((await listAll(service, path)).length === 1) return contact;
  }
  throw new Error(`the event ${id} is nobody's`);
}

async function untilLoggedFor(service: TestProcess, contact: string): Promise<void> {
  await until(async () => (await loggedFor(service)) === contact, {
    timeoutMs: WITHIN_MS,
    what: `the alias to be ${contact}`,
  });
}

test('a contact link made or ended through one process holds there at once, and in the others within 5 s', async () => {
  const settings = { DATABASE_URL: database.url, ADMIN_API_KEY, LOG_LEVEL: 'error' };
  const [one, other] = await Promise.all([
    startProcess(settings),
    startProcess({ ...settings, ROLES: 'api' }),
  ]);
  expect(await loggedFor(one)).toBe(ALIAS);
  expect(await loggedFor(other)).toBe(ALIAS);
  const link = `/v1/tenants/acme/contact-links/whatsapp/${ALIAS}`;

  expect((await call(one, 'PUT', link, { body: { contact: PERSON } })).status).toBe(201);
  expect(await loggedFor(one)).toBe(PERSON);
  await untilLoggedFor(other, PERSON);

  expect((await call(other, 'DELETE', link)).status).toBe(204);
  expect(await loggedFor(other)).toBe(ALIAS);
  await untilLoggedFor(one, ALIAS);
});
