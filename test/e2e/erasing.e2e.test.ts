import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { testBroker, whyNoBroker } from '../support/servers/broker.ts';
import {
  runJanela,
  startProcess,
  stopProcesses,
  type TestProcess,
  testDataDir,
} from '../support/servers/process.ts';
import { temporaryFolder } from '../support/servers/temporary-folder.ts';
import { until } from '../support/until.ts';

const ADMIN_API_KEY = 'the-administrators-own-key';
const PERSON = '5511976543210';
const OTHER = '5521912345678';
const ACCOUNT = '551140000001';
const ERASING_MS = 60_000;
/** Within which every process knows that a key has ended. */
const NOTICED_MS = 5_000;

const databases: TestDatabase[] = [];
afterEach(stopProcesses);
afterAll(async () => {
  for (const database of databases) await database.drop();
});

// biome-ignore lint/suspicious/noExplicitAny: the test looks into answers of every shape
type Answer = { status: number; text: string; json: any };

async function call(service: TestProcess, method: string, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`${service.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${service.adminKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, text, json: JSON.parse(text) };
}

function event(contact: string, id: string, occurredAt: string, more: object = {}) {
  return { tenant: 'acme', channel: 'whatsapp', account: ACCOUNT, contact, id, occurredAt, ...more };
}

/** Two templates at one instant, of which the id decides which opens the window and gives it its campaign. */
function pair(contact: string, day: number) {
  const at = `2026-01-${String(day).padStart(2, '0')}T12:00:00Z`;
  const template = { name: 'sale', category: 'marketing' };
  const sent = { type: 'message.sent', template };
  return [
    event(contact, `${contact}-${day}-z`, at, { ...sent, campaign: `late-${day}` }),
    event(contact, `${contact}-${day}-a`, at, { ...sent, campaign: `early-${day}` }),
  ];
}

const DAYS = Array.from({ length: 12 }, (_, index) => 2 + 2 * index);

async function post(service: TestProcess, events: readonly object[]): Promise<void> {
  const answer = await call(service, 'POST', '/v1/events', events);
  expect(answer.status).toBe(202);
  await call(service, 'GET', `/v1/tenants/acme/usage?after=${encodeURIComponent(answer.json.receipt)}`);
}

/** All that must stay what it was, to the byte. */
async function counted(
  service: TestProcess,
  period = '2026-01',
): Promise<{ windows: string; usage: string; invoice: string }> {
  const { json } = await call(service, 'GET', '/v1/tenants/acme/windows?limit=1000');
  const windows = json.items.map(
    ({ contact: _contact, openedBy: _openedBy, ...rest }: Record<string, unknown>) => rest,
  );
  const usage = (await call(service, 'GET', `/v1/tenants/acme/usage?period=${period}`)).json;
  const invoice = await call(service, 'GET', `/v1/tenants/acme/invoices/${period}`);
  return {
    windows: JSON.stringify(windows),
    usage: JSON.stringify({ ...usage, asOf: null }),
    invoice: invoice.text,
  };
}

async function prepared(service: TestProcess): Promise<void> {
  await call(service, 'PUT', '/v1/tenants/acme', { name: 'Acme' });
  const tiers = [{ upTo: null, unitPrice: '0.45' }];
  await call(service, 'PUT', '/v1/plans/basic/versions/2026-01', {
    ...{ currency: 'BRL', monthlyFee: '100.00', minimum: '0', active: { default: tiers } },
    receptive: { allowance: 10, limit: null, overage: tiers },
  });
  await call(service, 'PUT', '/v1/tenants/acme/subscriptions/2026-01', { plan: 'basic' });
  await post(
    service,
    DAYS.flatMap((day) => [...pair(PERSON, day), ...pair(OTHER, day)]),
  );
  const final = await call(service, 'POST', '/v1/tenants/acme/invoices/2026-01/finalize');
  expect(final).toMatchObject({ status: 200, json: { status: 'final' } });
}

async function stateIs(database: TestDatabase, state: string): Promise<boolean> {
  const { rows } = await database.database.pool.query('SELECT state FROM sealing.erasures');
  return rows[0]?.state === state;
}

async function rebuilt(service: TestProcess): Promise<void> {
  const { json: rebuild } = await call(service, 'POST', '/v1/ops/rebuilds', {});
  const path = `/v1/ops/rebuilds/${rebuild.id}`;
  await until(async () => (await call(service, 'GET', path)).json.state === 'caught-up', {
    ...{ timeoutMs: ERASING_MS, what: 'the rebuild' },
  });
  expect((await call(service, 'GET', path)).json.differences).toMatchObject({ count: 0 });
  expect((await call(service, 'POST', `${path}/promote`, {})).status).toBe(200);
}

/** Whoever looks for these finds a person. */
const NAMES = [PERSON, 'BR.8675309', 'wamid.SECRET', 'Maria da Silva', 'she-said-so', 'she asked for it'];

/** Each file under a folder in which one of the names stands, and the name. */
function filesWith(folder: string, names: readonly string[]): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      const bytes = path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path);
      return names.filter((name) => bytes.includes(name)).map((name) => `${path}: ${name}`);
    });
}

test('a contact is erased whoever is killed when, and what was counted stays to the byte', async () => {
  const database = await testDatabase();
  databases.push(database);
  const settings = { DATABASE_URL: database.url, ADMIN_API_KEY, GRACE_HOURS: '0', LOG_LEVEL: 'warn' };
  let service = await startProcess(settings);
  await prepared(service);
  const before = await counted(service);
  expect(before.windows).toContain('early-2');
  expect(before.windows).not.toContain('late-');

  const asked = { channel: 'whatsapp', contact: `+${PERSON}`, reason: 'she asked for it' };
  const { status, json: erasure } = await call(service, 'POST', '/v1/tenants/acme/erasures', asked);
  expect({ status, ...erasure }).toMatchObject({ status: 202, state: 'running', reason: asked.reason });
  for (const state of ['ending', 'settling', 'counting', 'destroyed']) {
    // Some states last a moment: the kill may come after them.
    await until(async () => (await stateIs(database, state)) || state === 'ending' || state === 'counting', {
      ...{ timeoutMs: ERASING_MS, what: `the state ${state}` },
    });
    await service.kill('SIGKILL');
    service = await startProcess(settings);
    expect((await call(service, 'POST', '/v1/tenants/acme/erasures', asked)).json.id).toBe(erasure.id);
  }
  const path = `/v1/tenants/acme/erasures/${erasure.id}`;
  await until(async () => (await call(service, 'GET', path)).json.state === 'done', {
    ...{ timeoutMs: ERASING_MS, what: 'the erasure' },
  });
  expect(await counted(service)).toEqual(before);
  const windows = (await call(service, 'GET', '/v1/tenants/acme/windows?limit=1000')).text;
  expect(windows).not.toContain(PERSON);
  const data = `/v1/tenants/acme/contacts/whatsapp/${PERSON}/data`;
  const left = (await call(service, 'GET', data)).json;
  expect(left.events).toHaveLength(2 * DAYS.length);
  for (const { contact, id } of left.events)
    expect(contact + id).toMatch(/^erased:[0-9a-f]{32}erased:[0-9a-f]{32}$/);

  await rebuilt(service);
  expect(await counted(service)).toEqual(before);
  const verified = runJanela(['verify'], settings);
  expect([(await verified.exited).code, verified.stderr()]).toEqual([0, '']);

  // She writes again, inside a window of before: it is the same conversation, with a new key.
  await post(service, [event(PERSON, 'again', '2026-01-02T13:00:00Z', { type: 'message.received' })]);
  const after = await counted(service);
  expect([after.windows, after.invoice]).toEqual([before.windows, before.invoice]);
  expect((await call(service, 'GET', data)).json.events).toContainEqual(
    expect.objectContaining({ id: 'again', contact: PERSON }),
  );
  expect((await call(service, 'POST', '/v1/tenants/acme/erasures', asked)).json.id).not.toBe(erasure.id);
  const { json: audit } = await call(service, 'GET', '/v1/audit?subjectType=erasure');
  expect(JSON.stringify(audit)).not.toContain(PERSON);
  expect(audit.items.map(({ action }: { action: string }) => action)).toEqual([
    'request',
    'finish',
    'request',
  ]);
});

/** A person is spoken of in every way; neither then nor after her erasure is a name of hers in these folders or in what the service says. */
async function expectNoNames(log: Record<string, string>, ...folders: string[]): Promise<void> {
  const DATA_DIR = testDataDir();
  const settings = { DATA_DIR, LOG_LEVEL: 'trace', ...log };
  const service = await startProcess(settings);
  const said = { metadata: { name: 'Maria da Silva' }, type: 'message.received' };
  const day = '2026-11-03T12:00:00Z';
  await post(service, [
    event(PERSON, 'wamid.SECRET', day, said),
    // A conflict, which is kept in quarantine.
    event(PERSON, 'wamid.SECRET', '2026-11-04T12:00:00Z', said),
    event(PERSON, 'wamid.SECRET:void', day, {
      ...{ type: 'event.voided', target: 'wamid.SECRET', reason: 'she-said-so', actor: 'Maria da Silva' },
    }),
  ]);
  const link = '/v1/tenants/acme/contact-links/whatsapp/BR.8675309';
  expect((await call(service, 'PUT', link, { contact: PERSON })).status).toBe(201);
  await post(service, [event('BR.8675309', 'wamid.SECRET.2', day, said)]);
  const shown = await call(service, 'GET', `/v1/tenants/acme/contacts/whatsapp/BR.8675309/data`);
  for (const name of NAMES.slice(0, 5)) expect(shown.text).toContain(name);
  // What is refused, and what fails, is told somewhere, too.
  await call(service, 'POST', '/v1/events', [event(PERSON, 'wamid.SECRET', 'yesterday', said)]);
  await call(
    service,
    'GET',
    `/v1/tenants/acme/conversation?channel=whatsapp&account=${ACCOUNT}&contact=${PERSON}`,
  );
  const exported = temporaryFolder('erasing');
  const nameless = async () => {
    expect((await runJanela(['log', 'export', exported], settings).exited).code).toBe(0);
    const output = service.stdout() + service.stderr();
    return [
      ...[DATA_DIR, exported, ...folders].flatMap((folder) => filesWith(folder, NAMES)),
      ...NAMES.filter((name) => output.includes(name)),
    ];
  };
  // What may be in clear is found, so that what may not would be.
  for (const folder of [DATA_DIR, ...folders]) expect(filesWith(folder, [ACCOUNT])).not.toEqual([]);
  expect(await nameless()).toEqual([]);
  const { invoice: _, ...before } = await counted(service, '2026-11');
  expect(before.usage).toContain('"windows":1');

  const asked = { channel: 'whatsapp', contact: 'BR.8675309', reason: 'she asked for it' };
  const { json: erasure } = await call(service, 'POST', '/v1/tenants/acme/erasures', asked);
  const path = `/v1/tenants/acme/erasures/${erasure.id}`;
  await until(async () => (await call(service, 'GET', path)).json.state === 'done', {
    ...{ timeoutMs: ERASING_MS, what: 'the erasure' },
  });
  expect(await nameless()).toEqual([]);
  expect(await counted(service, '2026-11')).toMatchObject(before);
  for (const question of [`contacts/whatsapp/${PERSON}/data`, 'events', 'windows', 'contact-links'])
    for (const name of NAMES.slice(1))
      expect((await call(service, 'GET', `/v1/tenants/acme/${question}`)).text).not.toContain(name);
  expect((await call(service, 'GET', '/v1/audit')).text).not.toContain(PERSON);
  expect((await call(service, 'GET', '/v1/ops/quarantine')).text).not.toContain(PERSON);
}

test('no name is in any byte on disk or in any log, before and after erasing', () => expectNoNames({}));

const skipped = await whyNoBroker({ faults: true });
(skipped ? test.skip : test)(
  'nor in any segment of a log in Kafka, over which an erasure waits for the lease of keys',
  async () => {
    const broker = await testBroker({ faults: true });
    try {
      const kafka = { KAFKA_BROKERS: broker.brokers.join(','), KAFKA_TOPIC: `janela.test.${randomUUID()}` };
      await expectNoNames({ ...kafka, KEY_LEASE_SECONDS: '5' }, broker.faults?.folder ?? '');
    } finally {
      await stopProcesses();
      await broker.stop();
    }
  },
  180_000,
);

test('beside her own messages to two instances, a rebuild and an invoice: each is counted once, and opens if it came later', async () => {
  const database = await testDatabase();
  databases.push(database);
  const settings = { DATABASE_URL: database.url, ADMIN_API_KEY, GRACE_HOURS: '0', LOG_LEVEL: 'warn' };
  const services = [await startProcess(settings), await startProcess(settings)] as const;
  await prepared(services[0]);
  const before = await counted(services[0]);

  const acknowledged: { id: string; since: number }[] = [];
  let isTalking = true;
  const talk = async (service: TestProcess, name: string) => {
    for (let i = 0; isTalking; i++) {
      const id = `${name}-${i}`;
      // All of it inside a window of before.
      const at = new Date(Date.parse('2026-01-02T12:00:01Z') + i).toISOString();
      const since = Date.now();
      const { status } = await call(service, 'POST', '/v1/events', [
        event(PERSON, id, at, { type: 'message.received' }),
      ]);
      expect(status).toBe(202);
      acknowledged.push({ id, since });
    }
  };
  const talking = services.map((service, i) => talk(service, `talk-${i}`));
  await until(() => acknowledged.length > 20, { what: 'some messages' });

  const asked = { channel: 'whatsapp', contact: PERSON, reason: 'she asked for it' };
  const { json: erasure } = await call(services[1], 'POST', '/v1/tenants/acme/erasures', asked);
  await until(async () => !(await stateIs(database, 'ending')), { what: 'the end of her key' });
  const ended = Date.now();
  const rebuilding = rebuilt(services[0]);
  const path = `/v1/tenants/acme/erasures/${erasure.id}`;
  await until(async () => (await call(services[0], 'GET', path)).json.state === 'done', {
    ...{ timeoutMs: ERASING_MS, what: 'the erasure' },
  });
  await rebuilding;
  const again = await call(services[1], 'POST', '/v1/tenants/acme/invoices/2026-01/finalize');
  expect(again.json.number).toBe(JSON.parse(before.invoice).number);
  isTalking = false;
  await Promise.all(talking);
  await post(services[0], [event(OTHER, 'last', '2026-01-02T13:00:00Z', { type: 'message.received' })]);

  const { json } = await call(services[0], 'GET', `/v1/tenants/acme/contacts/whatsapp/${PERSON}/data`);
  expect(json.events).toHaveLength(2 * DAYS.length + acknowledged.length);
  const readable = new Set(json.events.map(({ id }: { id: string }) => id));
  const later = acknowledged.filter(({ since }) => since > ended + NOTICED_MS);
  expect(later.length).toBeGreaterThan(20);
  expect(later.filter(({ id }) => !readable.has(id))).toEqual([]);
  expect(acknowledged.slice(0, 20).filter(({ id }) => readable.has(id))).toEqual([]);
  const after = await counted(services[1]);
  expect([after.windows, after.invoice]).toEqual([before.windows, before.invoice]);
  const verified = runJanela(['verify'], settings);
  expect([(await verified.exited).code, verified.stderr()]).toEqual([0, '']);
});
