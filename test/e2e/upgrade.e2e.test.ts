import { cpSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { pino } from 'pino';
import type { ApiEvent } from '../../src/simulation/traffic.ts';
import { openDatabase } from '../../src/store/database.ts';
import { startEmbedded } from '../../src/store/embedded/embedded.ts';
import { migrationNames } from '../../src/store/migrate.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { testBroker, whyNoBroker } from '../support/servers/broker.ts';
import {
  MASTER_KEY,
  runCommand,
  runJanela,
  startProcess,
  stopProcesses,
  type TestProcess,
  testDataDir,
  untilReady,
} from '../support/servers/process.ts';
import { temporaryFolder } from '../support/servers/temporary-folder.ts';
import { SEED } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { call } from './api.ts';
import { type Installation, install, readInstallation } from './installation.ts';
import { stopLoads } from './load.ts';
import { ADMIN_API_KEY, expectAllCountedOnce, startLoaded } from './loaded.ts';
import { foreignHands } from './topic.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const releases: (() => unknown)[] = [];
afterEach(async () => {
  stopLoads();
  await stopProcesses();
  for (const release of releases.splice(0).reverse()) await release();
}, 60_000);

async function aDatabase(): Promise<TestDatabase> {
  const database = await testDatabase();
  releases.push(() => database.drop());
  return database;
}

/**
 * What 0.1.0 (7c6ab75) left after it had really run: a month and a half of simulated traffic of three tenants with
 * zones and rules of their own, late and twice and failed, four invoices of which one is void, manual lines, and in
 * quarantine a conflict and a record of somebody else; then an API without projector took October and some repeats.
 * Made in a worktree of that commit with `npm ci`: `janela simulate --tenants 3` for 2026-08, -09 and -10 with the seeds
 * 11, 12 and 13 (260, 200 and 80 events), and the rest over its API; then its tables row by row, its topic record by record.
 */
interface Former extends Installation {
  /** Secret of a key that may read one tenant and post for it. */
  key: string;
  tenants: [string, string, string];
  /** Events of October. */
  inFlight: ApiEvent[];
  /** Key and value of each record, by partition. */
  topic?: [string, string][][];
}

const FORMER = { ADMIN_API_KEY, GRACE_HOURS: '0', LOG_PARTITIONS: '4', LOG_LEVEL: 'warn' };
const NEW = '5521999887766';

/** Explanations were in English then, whatever the tenant's language. */
const headers = { 'accept-language': 'en' };

async function expectAnswers(service: TestProcess, answers: Installation['answers']): Promise<void> {
  const now: Record<string, unknown> = {};
  for (const path of Object.keys(answers))
    now[path] = (await call(service, 'GET', `/v1${path}`, { headers })).json;
  expect(now).toMatchObject(answers);
}

async function succeed(args: readonly string[], settings: Readonly<Record<string, string>>): Promise<void> {
  const command = runJanela(args, settings);
  const { code } = await command.exited;
  expect([code, code === 0 ? '' : command.stderr()]).toEqual([0, '']);
}

/** What 0.1.0 had accepted is counted as that version counted it then; what comes again is not, what is new is. */
async function goesOn(service: TestProcess, former: Former): Promise<void> {
  const isCounted = async () => (await call(service, 'GET', '/v1/usage?period=2026-10')).json.asOf.caughtUp;
  await until(isCounted, { what: 'what was in flight' });
  await expectAnswers(service, former.answers);

  const { inFlight, key, tenants } = former;
  const [tenant] = tenants;
  const usageOf = async (after: string) => {
    const path = `/v1/tenants/${tenant}/usage?period=2026-10&after=${encodeURIComponent(after)}`;
    return (await call(service, 'GET', path, { key })).json;
  };
  const again = await call(service, 'POST', '/v1/events', { body: inFlight });
  expect(again.json).toMatchObject({ accepted: inFlight.length, rejected: 0 });
  const { receptive, active, messages } = await usageOf(again.json.receipt);
  const before = former.answers[`/tenants/${tenant}/usage?period=2026-10`];
  expect(before).toMatchObject({ receptive, active, messages });

  const [known] = inFlight.filter((event) => event.tenant === tenant && event.type === 'message.received');
  const body = [NEW, '5511900000001'].map((contact, i) => ({
    ...known,
    contact,
    id: `after-${i}`,
    occurredAt: '2026-10-31T12:00:00Z',
  }));
  const posted = await call(service, 'POST', '/v1/events', { body, key });
  expect(posted.status).toBe(202);
  const { receptive: now } = await usageOf(posted.json.receipt);
  expect(now.windows).toBe(receptive.windows + 2);
}

test('over the embedded database of 0.1.0 this version counts what was in flight, and goes on', async () => {
  const former = readInstallation<Former>('upgrade-0.1.0');
  const DATA_DIR = testDataDir();
  const settings = { ...FORMER, DATA_DIR };
  const embedded = await startEmbedded({ dataDir: DATA_DIR, logger: pino({ level: 'silent' }) });
  const owner = openDatabase({ url: embedded.ownerUrl });
  await install(owner, former);
  // 0.1.0 worked as the owner, and knew no other role.
  await owner.pool.query('DROP OWNED BY janela_app; DROP ROLE janela_app');
  await owner.close();
  await embedded.stop();
  rmSync(join(DATA_DIR, 'postgres-app.password'));

  const service = await startProcess(settings);
  await goesOn(service, former);
  await succeed(['verify'], settings);
  await succeed(['verify', '--log'], settings);
  await succeed(['rebuild'], settings);
  const numbered = Object.entries(former.answers).filter(([path]) => path.startsWith('/invoices/'));
  await expectAnswers(service, Object.fromEntries(numbered));
  const erase = (contact: string) =>
    call(service, 'POST', `/v1/tenants/${former.tenants[0]}/erasures`, {
      body: { channel: 'whatsapp', contact, reason: 'asked for it' },
    });
  expect((await erase('5511900000001')).json).toMatchObject({
    status: 409,
    type: '/problems/unsealed-records',
  });
  expect((await erase(NEW)).status).toBe(202);
}, 180_000);

const skipped = await whyNoBroker();
(skipped ? test.skip : test)(
  'over the topic and database of 0.1.0 this version counts what was in flight, and goes on',
  async () => {
    const former = readInstallation<Former>('upgrade-0.1.0-kafka');
    const database = await aDatabase();
    await install(database.owner, former);
    const broker = await testBroker();
    releases.push(() => broker.stop());
    const topic = `janela.test.upgrade.${SEED}`;
    await putBack(broker.brokers, topic, former.topic ?? []);
    const settings = {
      ...FORMER,
      ...{ DATABASE_URL: database.url, MIGRATE_DATABASE_URL: database.owner.url },
      ...{ KAFKA_BROKERS: broker.brokers.join(','), KAFKA_TOPIC: topic },
    };
    await goesOn(await startProcess(settings), former);
    await succeed(['verify', '--log'], settings);
  },
  180_000,
);

/** The records with their bytes, from offset 0 on. */
async function putBack(
  brokers: string[],
  topic: string,
  partitions: Former['topic'] & object,
): Promise<void> {
  const hands = await foreignHands(brokers);
  releases.push(() => hands.close());
  await hands.create(topic, undefined, partitions.length);
  const producer = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    // A busy broker answers late, and what is sent again would stand there twice.
    idempotent: true,
  });
  await producer.connect();
  const messages = partitions.flatMap((records, partition) =>
    records.map(([key, value]) => ({ partition, key, value })),
  );
  await producer.send({ topic, acks: -1, messages });
  await producer.disconnect();
}

/** This version with more migrations, as a later one has them. */
function laterVersion() {
  const folder = temporaryFolder('later');
  releases.push(() => rmSync(folder, { recursive: true, force: true }));
  for (const part of ['src', 'migrations', 'package.json'])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return {
    add(name: string, statement: string, compatibleFrom?: string) {
      const mark = compatibleFrom === undefined ? '' : `export const compatibleFrom = '${compatibleFrom}';\n`;
      writeFileSync(
        join(folder, 'migrations', `${name}.ts`),
        `import { sql } from 'kysely';\n${mark}export async function up(db) { await sql\`${statement}\`.execute(db); }\n`,
      );
    },
    run: (args: readonly string[], settings: Readonly<Record<string, string>>) =>
      runCommand([join(folder, 'src/janela.js'), ...args], settings),
  };
}

test(`processes are replaced one by one where a later version only adds, and wait to be stopped where it takes away (seed ${SEED})`, async () => {
  const { url, owner } = await aDatabase();
  const settings = { DATABASE_URL: url, MIGRATE_DATABASE_URL: owner.url, ADMIN_API_KEY, LOG_LEVEL: 'warn' };
  const own = { ...settings, PORT: '0', MASTER_KEY, DATA_DIR: testDataDir() };
  const before = await startProcess(settings);
  const targets: [TestProcess, ...TestProcess[]] = [before];
  const pace = { clients: 2, patienceMs: 60_000, reserve: 500, restMs: 20 };
  const loaded = startLoaded(targets, { events: 1_500, ...pace });
  const { load } = loaded;

  const later = laterVersion();
  const last = (await migrationNames()).at(-1);
  const wide = (schema: string, ...tables: string[]) =>
    tables.map((table) => `ALTER TABLE ${schema}.${table} ADD COLUMN more text`).join('; ');
  later.add('9000_expand', wide('projection', 'events', 'windows', 'conversations', 'positions'), last);
  later.add('9001_expand_too', `${wide('log', 'records')}; ${wide('billing', 'invoices')}`, last);
  const after = await untilReady(later.run(['serve'], own), own);
  targets.push(after);
  const acknowledged = load.acknowledged();
  await until(() => load.acknowledged() > acknowledged + 200, { what: 'both to take events' });
  expect((await call(before, 'GET', '/readyz')).status).toBe(200);

  later.add('9002_contract', 'ALTER TABLE projection.events DROP COLUMN more');
  const refused = later.run(['migrate'], own);
  expect(await refused.exited).toMatchObject({ code: 1 });
  expect(refused.stderr()).toMatch(
    /^A former version of janela works on this database \(connections: janela [a-z, ]+\) and could not go on after 9002_contract: stop every process of it, then migrate\.\n$/,
  );

  targets.shift();
  expect(await before.kill('SIGTERM')).toMatchObject({ code: 0 });
  await expectAllCountedOnce({ ...loaded, service: after }, url);
  expect(await after.kill('SIGTERM')).toMatchObject({ code: 0 });

  const migrated = later.run(['migrate'], own);
  expect(await migrated.exited).toMatchObject({ code: 0 });
  expect(migrated.stdout()).toBe('Applied 9002_contract\n');
}, 180_000);
