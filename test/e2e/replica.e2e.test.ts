import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { type Answer, call } from './api.ts';
import { type OwnPostgres, startOwnPostgres } from './own-postgres.ts';
import { startReplica, type TestReplica } from './replica.ts';

const ADMIN_API_KEY = 'the-key-of-the-administrator-of-replicas';
const PARTY = { tenant: 'acme', channel: 'whatsapp', account: '551140000001' };
const USAGE = '/v1/tenants/acme/usage?period=2026-11';
/** Longer than a replica may be behind, and than it takes until it is read from again. */
const PATIENT = { timeoutMs: 90_000 };
let primary: OwnPostgres;
let replica: TestReplica;
let service: TestProcess;
let posted = 0;

beforeAll(async () => {
  primary = await startOwnPostgres();
  const url = await primary.database('replicated');
  replica = await startReplica(primary.dataDir, url);
  service = await startProcess({
    ...{ DATABASE_URL: url, DATABASE_READ_URL: replica.url('replicated'), ADMIN_API_KEY, LOG_LEVEL: 'warn' },
  });
}, 180_000);
afterAll(async () => {
  replica?.thaw();
  await stopProcesses();
  await replica?.stop();
  await primary?.stop();
}, 90_000);

/** A message of another contact: a window more. Resolves with its receipt. */
async function post(): Promise<string> {
  posted++;
  const event = { ...PARTY, contact: `55119${10_000_000 + posted}`, id: `m${posted}` };
  const body = { ...event, type: 'message.received', occurredAt: '2026-11-27T08:00:00Z' };
  const answer = await call(service, 'POST', '/v1/events', { body });
  expect(answer.status).toBe(202);
  return answer.json.receipt;
}

const usage = (after?: string) =>
  call(service, 'GET', after === undefined ? USAGE : `${USAGE}&after=${after}`, { timeoutMs: 30_000 });
const windowsIn = ({ json }: Answer) => json?.receptive?.windows as number | undefined;

async function metric(name: string): Promise<number | null> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? null : Number(line.split(' ')[1]);
}

const fallbacks = (why: string) => metric(`janela_read_fallbacks_total{why="${why}"}`);

async function isReadAgain(): Promise<void> {
  await until(async () => (await metric('janela_read_replica_up')) === 1, {
    ...PATIENT,
    what: 'reads to go to the replica again',
  });
}

async function isReadNoMore(): Promise<void> {
  const isUnused = async () => (await metric('janela_read_replica_up')) === 0;
  await until(isUnused, { what: 'the metrics to say that the primary answers' });
}

test('reads say how far the replica is, wait there for what was posted, and what is changed is read where it was changed', async () => {
  expect(windowsIn(await usage(await post()))).toBe(posted);
  await isReadAgain();

  await replica.run('SELECT pg_wal_replay_pause()');
  const receipt = await post();
  await until(async () => (await usage()).json.asOf.lag > 0, { what: 'the end of the log to be seen' });
  const behind = await usage();
  expect([windowsIn(behind), behind.json.asOf.caughtUp]).toEqual([posted - 1, false]);
  const { status } = await call(service, 'PUT', '/v1/tenants/globex', { body: { name: 'Globex' } });
  expect([200, 201]).toContain(status);
  expect((await call(service, 'GET', '/v1/tenants/globex')).json.name).toBe('Globex');

  const waiting = usage(receipt);
  await replica.run('SELECT pg_wal_replay_resume()');
  expect(windowsIn(await waiting)).toBe(posted);
  expect(await fallbacks('behind')).toBe(0);
}, 120_000);

test('from a replica that is far behind nobody reads, until it is near again', async () => {
  await replica.run('SELECT pg_wal_replay_pause()');
  await post();
  await until(async () => windowsIn(await usage()) === posted, { ...PATIENT, what: 'the primary to answer' });
  await isReadNoMore();
  await until(async () => Number(await metric('janela_read_replica_lag_seconds')) > 30, { what: 'the lag' });
  await until(async () => Number(await fallbacks('behind')) > 0, { what: 'the metric of reads' });
  await replica.run('SELECT pg_wal_replay_resume()');
  await isReadAgain();
  expect(windowsIn(await usage())).toBe(posted);
}, 240_000);

test('a replica that freezes in mid-answer: whoever waits is told within seconds, and all others are answered by the primary', async () => {
  // Connections that are to be found frozen.
  await Promise.all(Array.from({ length: 4 }, () => usage()));
  await replica.freeze();
  const receipt = await post();
  const answers = await Promise.all(Array.from({ length: 4 }, () => usage()));
  expect(new Set([...answers.map(({ status }) => status), 200, 503])).toEqual(new Set([200, 503]));
  await until(async () => windowsIn(await usage(receipt)) === posted, {
    ...PATIENT,
    what: 'the primary to answer',
  });
  await until(async () => Number(await fallbacks('gone')) > 0, { what: 'the metric of reads' });
  replica.thaw();
  await isReadAgain();
  expect(windowsIn(await usage(await post()))).toBe(posted);
}, 240_000);

test('a replica that is gone is not missed, and read again when it is back', async () => {
  await replica.stop();
  const receipt = await post();
  await until(async () => windowsIn(await usage(receipt)) === posted, {
    ...PATIENT,
    what: 'the primary to answer',
  });
  await isReadNoMore();
  await replica.start();
  await isReadAgain();
  expect(windowsIn(await usage(await post()))).toBe(posted);
}, 240_000);

test('a replica that was promoted is none any more, whatever it says', async () => {
  await replica.run('SELECT pg_promote()');
  await isReadNoMore();
  expect(windowsIn(await usage(await post()))).toBe(posted);
  await until(async () => Number(await fallbacks('promoted')) > 0, { what: 'the metric of reads' });
}, 120_000);
