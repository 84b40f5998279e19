import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Message } from 'kafkajs';
import type { ApiEvent } from '../../src/simulation/traffic.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { headersOf, type InboxHands, inboxHands, produce } from '../support/inbox-hands.ts';
import { type BrokerFaults, type TestBroker, testBroker, whyNoBroker } from '../support/servers/broker.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { SEED } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { call, listAll } from './api.ts';
import { eventsOf, expectAllCounted, trafficOf } from './counted-once.ts';
import { ADMIN_API_KEY } from './loaded.ts';

const needs = { faults: true };
const skipped = await whyNoBroker(needs);
if (skipped) test.skip(`the Kafka inbox: ${skipped}`, () => undefined);

(skipped ? describe.skip : describe)('the Kafka inbox', () => {
  const PARTY = { tenant: 'acme', channel: 'whatsapp', account: '551140000001', contact: '5521976543210' };
  const OCCURRED = { occurredAt: '2024-03-04T11:00:00.000Z' };
  let broker: TestBroker;
  let faults: BrokerFaults;
  let hands: InboxHands;
  let database: TestDatabase;

  beforeAll(async () => {
    broker = await testBroker(needs);
    if (broker.faults === null) throw new Error('the broker cannot be killed');
    faults = broker.faults;
    hands = await inboxHands(broker.brokers);
  }, 120_000);
  afterAll(async () => {
    await hands.close();
    await broker.stop();
  }, 60_000);
  beforeEach(async () => {
    database = await testDatabase();
  });
  afterEach(async () => {
    await stopProcesses();
    await database.drop();
  }, 60_000);

  function settingsOf(name: string) {
    const topics = {
      KAFKA_TOPIC: `janela.test.${name}.${SEED}`,
      KAFKA_INBOX_TOPIC: `messages.${name}.${SEED}`,
    };
    return {
      ...{ DATABASE_URL: database.url, ADMIN_API_KEY, LOG_LEVEL: 'info' },
      ...{ KAFKA_BROKERS: broker.brokers.join(','), ...topics },
      group: `${topics.KAFKA_TOPIC}.inbox`,
      rejects: `${topics.KAFKA_INBOX_TOPIC}.rejected`,
    };
  }

  function message(event: object, more: Partial<Message> = {}): Message {
    const { contact } = { contact: null, ...event };
    return { key: contact, value: JSON.stringify(event), ...more };
  }

  function received(id: string): object {
    return { id, type: 'message.received', ...PARTY, ...OCCURRED };
  }

  async function metric(service: TestProcess, line: string): Promise<number | null> {
    const { text } = await call(service, 'GET', '/metrics');
    const found = text.split('\n').find((each) => each.startsWith(`${line} `));
    return found === undefined ? null : Number(found.slice(line.length + 1));
  }

  async function effectiveIds(service: TestProcess): Promise<string[]> {
    const path = `/v1/tenants/${PARTY.tenant}/events?channel=${PARTY.channel}&account=${PARTY.account}&contact=${PARTY.contact}`;
    return (await listAll<{ id: string }>(service, path)).map(({ id }) => id).sort();
  }

  test('takes events in every form, and puts what it refuses aside as it came, with the problem', async () => {
    const { group, rejects, ...settings } = settingsOf('forms');
    const inbox = settings.KAFKA_INBOX_TOPIC;
    // Other teams may be late: the service waits for their topic.
    const service = await startProcess(settings);
    const waits = () => service.stderr().includes(`There is no topic ${inbox}: create it`);
    await until(waits, { what: 'the service to say that there is no inbox' });
    expect(await metric(service, 'janela_inbox_reading')).toBe(0);
    await hands.create(inbox);
    const ce = {
      specversion: '1.0',
      source: '/bus',
      type: 'janela.message.received',
      time: OCCURRED.occurredAt,
    };
    const binary = Object.fromEntries(Object.entries(ce).map(([name, value]) => [`ce_${name}`, value]));
    const good = [
      message(received('plain')),
      message(
        { ...ce, id: 'structured', data: PARTY },
        { headers: { 'content-type': 'application/cloudevents+json' } },
      ),
      message(PARTY, { headers: { ...binary, ce_id: 'binary' } }),
    ];
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const bad: [problem: string, pointer: string, message: Message][] = [
      ['not-json', '', { key: 'k', value: null }],
      ['not-json', '', { key: 'k', value: Buffer.from([0xff, 0x00]) }],
      ['not-json', '', { key: null, value: '{"id":' }],
      ['invalid-event', '', message([received('list')])],
      ['invalid-event', '/kind', message({ ...received('misspelt'), kind: 'x' })],
      ['occurred-in-future', '/occurredAt', message({ ...received('early'), occurredAt: tomorrow })],
      [
        'forbidden-scope',
        '/type',
        message({ ...received('void'), type: 'event.voided', target: 'plain', reason: 'r', actor: 'a' }),
      ],
      [
        'invalid-event',
        '/data/tenant',
        message({ ...PARTY, tenant: '?' }, { headers: { ...binary, ce_id: 'b2', trace: 't' } }),
      ],
    ];
    const messages = bad.flatMap(([, , each], i) => [each, good[i % good.length] ?? each]);
    await hands.send(inbox, messages);
    await hands.untilTaken(inbox, group);

    await until(async () => (await effectiveIds(service)).length === 3, { what: 'the events to be counted' });
    expect(await effectiveIds(service)).toEqual(['binary', 'plain', 'structured']);
    const refused = await hands.read(rejects);
    const shown = refused.map(({ key, value, headers }) => {
      const { 'janela-problem': problem = '{}', 'janela-origin': origin, ...own } = headersOf({ headers });
      const { type, title, detail, pointer } = JSON.parse(problem);
      expect(origin).toMatch(new RegExp(`^${inbox}/[012]/\\d+$`));
      expect(title).not.toBe('');
      expect(detail).not.toBe('');
      return { type, pointer, key: key?.toString() ?? null, value: value?.toString('latin1') ?? null, own };
    });
    const wanted = bad.map(([problem, pointer, { key, value, headers }]) => ({
      type: `/problems/${problem}`,
      pointer,
      key: key?.toString() ?? null,
      value: value === null ? null : Buffer.from(value).toString('latin1'),
      own: headersOf({ headers }),
    }));
    const inOrder = (items: object[]) => items.map((item) => JSON.stringify(item)).sort();
    expect(inOrder(shown)).toEqual(inOrder(wanted));
    expect(await metric(service, 'janela_inbox_records_total{outcome="accepted"}')).toBe(bad.length);
    expect(await metric(service, 'janela_inbox_records_total{outcome="rejected"}')).toBe(bad.length);
    expect(await metric(service, 'janela_events_rejected_total{problem="not-json"}')).toBe(3);
    expect(await metric(service, 'janela_inbox_reading')).toBe(1);
    await until(async () => (await metric(service, 'janela_inbox_waiting_records{partition="0"}')) === 0, {
      what: 'nothing to wait',
    });
    const told = service.stdout() + service.stderr();
    for (const personal of [PARTY.contact, 'misspelt']) expect(told).not.toContain(personal);
  });

  test("takes what Kafka's own client sends, compressed in every way", async () => {
    const { group, rejects, ...settings } = settingsOf('compressed');
    const inbox = settings.KAFKA_INBOX_TOPIC;
    await hands.create(inbox);
    const service = await startProcess(settings);
    const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
    const lines = Array.from({ length: 1_000 }, (_, i) => {
      const metadata = { text: 'Olá! '.repeat(i % 50), n: i * i };
      return `${compressions[i % 5]}\t${JSON.stringify({ ...received(`e${i}`), metadata })}`;
    });
    await produce(broker.brokers, inbox, lines);
    await hands.untilTaken(inbox, group);
    expect(await metric(service, 'janela_inbox_records_total{outcome="accepted"}')).toBe(lines.length);
    const usage = () => call(service, 'GET', `/v1/tenants/${PARTY.tenant}/usage?period=2024-03`);
    await until(async () => (await usage()).json.messages.received === lines.length, {
      what: 'all of them to be counted',
    });
    expect(await hands.read(rejects)).toEqual([]);
  });

  test('killed between append and commit: what was taken comes again and counts once, what was refused is put aside', async () => {
    const { group, rejects, ...settings } = settingsOf('killed');
    const inbox = settings.KAFKA_INBOX_TOPIC;
    await hands.create(inbox);
    // It takes no record, and the commit waits for it.
    await hands.create(rejects, { 'max.message.bytes': '100' });
    const killed = await startProcess(settings);
    const events = Array.from({ length: 40 }, (_, i) => message(received(`e${i}`)));
    await hands.send(inbox, [...events, message({ ...received('bad'), kind: 'x' })]);
    await until(async () => (await effectiveIds(killed)).length === 40, {
      what: 'the events to be in the log',
    });
    await until(
      () => killed.stderr().concat(killed.stdout()).includes('what it refused could not be put aside'),
      {
        what: 'the inbox to wait',
      },
    );
    expect(await killed.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await hands.read(rejects)).toEqual([]);

    await hands.configure(rejects, { 'max.message.bytes': '1048588' });
    const service = await startProcess(settings);
    await hands.untilTaken(inbox, group);
    expect(await hands.read(rejects)).toHaveLength(1);
    await until(async () => (await metric(service, 'janela_events_duplicate_total')) === 40, {
      what: 'all of them to have come again',
    });
    expect(await effectiveIds(service)).toHaveLength(40);
    const usage = (await call(service, 'GET', `/v1/tenants/${PARTY.tenant}/usage?period=2024-03`)).json;
    expect(usage).toMatchObject({ receptive: { windows: 1 }, messages: { received: 40 } });
  });

  test('a record that is too large for the topic of what is refused is named there, and the rest goes on', async () => {
    const { group, rejects, ...settings } = settingsOf('large');
    const inbox = settings.KAFKA_INBOX_TOPIC;
    await hands.create(inbox);
    await hands.create(rejects, { 'max.message.bytes': '4000' });
    const service = await startProcess(settings);
    const wrong = { ...received('wrong'), kind: 'x' };
    const large = { ...wrong, text: 'x'.repeat(10_000) };
    await hands.send(inbox, [message(wrong), message(large), message(received('good'))]);
    await hands.untilTaken(inbox, group);
    await until(async () => (await effectiveIds(service)).length === 1, {
      what: 'the good one to be counted',
    });
    const refused = await hands.read(rejects);
    expect(refused.map(({ value }) => value?.toString() ?? null).sort()).toEqual([
      null,
      JSON.stringify(wrong),
    ]);
    const named = headersOf({ headers: refused.find(({ value }) => value === null)?.headers });
    expect(named['janela-origin']).toMatch(new RegExp(`^${inbox}/[012]/1$`));
    expect(JSON.parse(named['janela-problem'] ?? '')).toMatchObject({ type: '/problems/invalid-event' });
    expect(await service.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  test('stops in order while what it refused cannot be put aside, and goes on with that', async () => {
    const { group, rejects, ...settings } = settingsOf('stopped');
    const inbox = settings.KAFKA_INBOX_TOPIC;
    await hands.create(inbox);
    await hands.create(rejects, { 'max.message.bytes': '100' });
    const stopped = await startProcess(settings);
    await hands.send(inbox, [message({ ...received('wrong'), kind: 'x' })]);
    await until(() => stopped.stderr().concat(stopped.stdout()).includes('could not be put aside'), {
      what: 'the inbox to wait',
    });
    expect(await stopped.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    await hands.configure(rejects, { 'max.message.bytes': '1048588' });
    await startProcess(settings);
    await hands.untilTaken(inbox, group);
    expect(await hands.read(rejects)).toHaveLength(1);
  });

  test('what the topic has lost before it was taken is told, and the rest taken', async () => {
    const { group, rejects, ...settings } = settingsOf('missed');
    const inbox = settings.KAFKA_INBOX_TOPIC;
    await hands.create(inbox);
    const before = await startProcess(settings);
    await hands.send(inbox, [message(received('first'))]);
    await hands.untilTaken(inbox, group);
    expect(await metric(before, 'janela_inbox_missed_records_total')).toBe(0);
    await before.kill('SIGTERM');
    await hands.send(
      inbox,
      ['gone', 'gone too', 'kept'].map((id) => message(received(id))),
    );
    await hands.removeBut(inbox, 1);
    const service = await startProcess(settings);
    await until(async () => (await effectiveIds(service)).length === 2, {
      what: 'the kept one to be counted',
    });
    expect(await effectiveIds(service)).toEqual(['first', 'kept']);
    expect(await metric(service, 'janela_inbox_missed_records_total')).toBe(2);
    expect(service.stderr() + service.stdout()).toContain('records left the inbox before they were taken');
  });

  test(`a broker killed, and one of two services: all that was sent to the inbox counts once (seed ${SEED})`, async () => {
    const { group, rejects, ...settings } = settingsOf('faults');
    const inbox = settings.KAFKA_INBOX_TOPIC;
    await hands.create(inbox);
    const traffic = trafficOf(SEED, 3_000);
    // A topic takes no voids from whoever may write to it.
    const events = eventsOf(traffic);
    const [first, second] = await Promise.all([startProcess(settings), startProcess(settings)]);
    const shares = (service: TestProcess) =>
      service.stderr().concat(service.stdout()).split('reading the inbox').length - 1;
    await until(() => shares(first) > 0 && shares(second) > 0, { what: 'both to read' });
    let sent = 0;
    const sending = (async () => {
      for (let from = 0; from < events.length; from += 50) {
        await sendAgain(inbox, events.slice(from, from + 50));
        sent = from + 50;
      }
    })();
    sending.catch(() => undefined);
    await until(() => sent > 800, { what: 'some to be sent' });
    await faults.kill();
    await faults.restart();
    await until(() => sent > 1_800, { what: 'more to be sent' });
    const before = shares(first);
    await second.kill('SIGKILL');
    await sending;
    await hands.untilTaken(inbox, group);
    expect(shares(first)).toBeGreaterThan(before);
    const refused = (await hands.exists(rejects)) ? await hands.read(rejects) : [];
    const types = new Set(
      refused.map(({ headers }) => JSON.parse(headersOf({ headers })['janela-problem'] ?? '{}').type),
    );
    expect([...types]).toEqual(['/problems/forbidden-scope']);
    // What is refused is a void, and nothing else; the API takes those.
    const voids = events.filter(({ type }) => type === 'event.voided');
    expect(new Set(refused.map(({ value }) => value?.toString())).size).toBe(voids.length);
    for (const event of voids)
      expect((await call(first, 'POST', '/v1/events', { body: event })).status).toBe(202);
    await expectAllCounted(first, database.url, traffic);
  }, 180_000);

  /** As a sender does whose answer got lost. */
  async function sendAgain(topic: string, events: readonly ApiEvent[]): Promise<void> {
    const messages = events.map((event) => message(event));
    await until(
      () =>
        hands.send(topic, messages).then(
          () => true,
          () => false,
        ),
      { what: 'the inbox to take records' },
    );
  }
});
