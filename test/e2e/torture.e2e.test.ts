import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { seededRandom } from '../../src/simulation/random.ts';
import type { ApiEvent } from '../../src/simulation/traffic.ts';
import { type TestBroker, testBroker, whyNoBroker } from '../support/servers/broker.ts';
import { CLOCK } from '../support/servers/move-clock.ts';
import { MASTER_KEY, runJanela, stopProcesses, testDataDir } from '../support/servers/process.ts';
import { SEED, TORTURE } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { startClients, stopClients } from '../torture/clients.ts';
import { torture, untouched } from '../torture/faults.ts';
import { INSPECTABLE } from '../torture/holdings.ts';
import { type InboxTeam, startInboxTeam } from '../torture/inbox-team.ts';
import { comparedHoldings, faultsInNumbers, rebuildInCalm } from '../torture/laws.ts';
import { caseOf, isLong, type TortureCase } from '../torture/schedule.ts';
import { type Supervised, stopSupervising, supervise } from '../torture/supervised.ts';
import { type Listener, listenToAll } from '../torture/told.ts';
import { call } from './api.ts';
import { eventsOf, expectCountedOnce, trafficOf } from './counted-once.ts';
import { startLoad, stopLoads } from './load.ts';
import { type OwnPostgres, startOwnPostgres } from './own-postgres.ts';
import { startReplica, type TestReplica } from './replica.ts';

const ADMIN_API_KEY = 'the-key-of-the-administrator-of-torture';
const KAFKA_TOPIC = 'janela.test.torture';
const KAFKA_INBOX_TOPIC = 'messages.test.torture';
const PATIENCE_MS = 300_000;
const { disks } = TORTURE;
const wanted: TortureCase =
  TORTURE.caseFile === null
    ? caseOf({ seed: SEED, minutes: TORTURE.minutes, disks: disks !== null })
    : JSON.parse(readFileSync(TORTURE.caseFile, 'utf8'));
const long = isLong(wanted);
const needs = { faults: true, ...(disks === null ? {} : { folder: join(disks, 'kafka', 'data') }) };
const skipped = await whyNoBroker(needs);
if (skipped) test.skip(`torture: ${skipped}`, () => undefined);
if (disks === null)
  process.stderr.write('Torture without full disks: `npm run torture` brings small ones.\n');

(skipped ? describe.skip : describe)('torture', () => {
  let broker: TestBroker;
  let postgres: OwnPostgres;
  let listener: Listener | undefined;
  let team: InboxTeam | undefined;
  /** Read by the second process. */
  let replica: TestReplica | null = null;
  let url: string;
  let ran = wanted;
  /** By the law that did not hold, why. */
  const failed = new Map<string, unknown>();

  beforeAll(async () => {
    const smallDisk = disks === null ? {} : { smallDisk: join(disks, 'postgres', 'data') };
    [broker, postgres] = await Promise.all([testBroker(needs), startOwnPostgres(smallDisk)]);
    url = await postgres.database('tortured');
    if (long) replica = await startReplica(postgres.dataDir, url);
  }, 120_000);
  afterAll(async () => {
    const [law = 'it comes to its end'] = failed.keys();
    if (TORTURE.ranFile !== null) writeFileSync(TORTURE.ranFile, JSON.stringify({ law, ran }, null, 1));
    stopLoads();
    stopClients();
    stopSupervising();
    postgres?.thaw();
    replica?.thaw();
    broker?.faults?.resume();
    await stopProcesses();
    await team?.stop();
    await team?.close();
    await listener?.close();
    await broker?.stop();
    await replica?.stop();
    await postgres?.stop();
  }, 120_000);

  /** Goes on where one does not hold: a long run says all that it has found. */
  async function holds(law: string, check: () => Promise<unknown> | unknown): Promise<void> {
    try {
      await check();
    } catch (error) {
      failed.set(law, error);
      process.stdout.write(`Does not hold: ${law}: ${error instanceof Error ? error.message : error}\n`);
    }
  }

  /** A server that is slow on a busy machine is asked again: that says nothing of what is verified. */
  async function verified(settings: Record<string, string>, ...options: string[]): Promise<string> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const verify = runJanela(['verify', ...options], settings);
      const { code } = await verify.exited;
      if (code === 0) return 'holds';
      const isSlow = /did not answer within/.test(verify.stderr());
      if (!isSlow || performance.now() > deadline) return `${code}: ${verify.stdout()}${verify.stderr()}`;
    }
  }

  /**
   * In CI's minute nobody waits for the other one to be a fresh one, and for idle connections to be closed. What is kept from
   * its first use on, such as the thread that seals many events, the fresh one uses once: `events` were taken before.
   */
  async function expectHeldAsFresh(
    [old, other]: readonly [Supervised, Supervised],
    events: readonly ApiEvent[],
  ): Promise<void> {
    if (long) {
      await other.renew(PATIENCE_MS);
      for (const service of [old, other]) {
        const { status } = await call(service.now(), 'POST', '/v1/events', { body: events });
        expect(status).toBe(202);
        await call(service.now(), 'GET', '/v1/usage?period=2018-11');
      }
    }
    const ports = {
      postgres: [url, ...(replica === null ? [] : [replica.url('tortured')])].map(portOf),
      kafka: broker.brokers.map((address) => portOf(`kafka://${address}`)),
    };
    const { beyond, ...held } = await comparedHoldings(old, other, { ports, isQuiet: long });
    say('  holds', held);
    expect(beyond).toEqual([]);
  }

  test(
    `whatever is killed, frozen, restarted, cut and filled for ${wanted.minutes} min: all acknowledged is counted once, and every invoice stands (seed ${wanted.seed})`,
    async () => {
      const random = seededRandom(wanted.seed);
      if (broker.faults === null) throw new Error('the broker cannot be harmed');
      const settings = {
        ...{ DATABASE_URL: url, MASTER_KEY, ADMIN_API_KEY, LOG_LEVEL: 'warn', ...CLOCK },
        WEBHOOKS_ALLOW_INSECURE: 'true',
        NODE_OPTIONS: `${CLOCK.NODE_OPTIONS} ${INSPECTABLE}`,
        ...{ KAFKA_BROKERS: broker.brokers.join(','), KAFKA_TOPIC, KAFKA_INBOX_TOPIC },
      };
      const start = (own: Record<string, string> = {}) =>
        supervise({ ...settings, ...own, DATA_DIR: testDataDir() });
      const services = [
        await start(),
        await start(replica === null ? {} : { DATABASE_READ_URL: replica.url('tortured') }),
      ] as const;
      const inbox = { topic: KAFKA_INBOX_TOPIC, group: `${KAFKA_TOPIC}.inbox` };
      const writing = await startInboxTeam(broker.brokers, { ...inbox, random: seededRandom(wanted.seed) });
      team = writing;
      const listening = await listenToAll(services[0].now());
      listener = listening;
      const clients = await startClients(services, wanted.clients, random);
      const traffic = trafficOf(wanted.seed, 2_000 + 2_000 * wanted.minutes);
      const events = eventsOf(traffic);
      const load = startLoad(events, {
        target: (client, attempt) => services[(client + attempt) % 2]?.now() ?? services[0].now(),
        ...{ clients: 4, mostPerRequest: 40, random, patienceMs: PATIENCE_MS, reserve: 500 },
        // So that the log of a long one can be read whole, again and again.
        restMs: 30 * Math.max(1, wanted.minutes / 2),
      });
      const suffered = untouched();
      const victims = { services, postgres, databaseUrl: url, broker: broker.faults, replica };
      await holds('every fault comes, and what was down comes back', () =>
        torture(victims, wanted, suffered),
      );
      ran = { ...wanted, ofProcesses: suffered.ofProcesses, ofServers: suffered.ofServers };
      say(`torture, seed ${wanted.seed}, ${wanted.minutes} min`, suffered.score);

      await holds('everything comes back', async () => {
        await Promise.all([clients.stop(), writing.stop()]);
        for (const service of services)
          await until(() => isReady(service), { timeoutMs: PATIENCE_MS, what: 'both to be ready' });
      });
      await holds('everything acknowledged is counted once', async () => {
        load.finish();
        await expectCountedOnce(services[0].now(), url, traffic, await load.done);
      });
      say('  done', clients.done());
      say('  beside', {
        retries: load.retries(),
        lateStarts: services.map((s) => s.lateStarts()).join(),
      });
      await holds('no answer is wrong', () => expect(clients.wrong()).toEqual([]));
      await holds('no process ends by itself', () =>
        expect(services.flatMap((service) => service.ends())).toEqual([]),
      );
      if (long)
        await holds('what is rebuilt equals what was counted, and is promoted', async () =>
          expect(await rebuildInCalm(services[0], PATIENCE_MS)).toBe('promoted'),
        );
      await holds('invoices are numbered and dated one after the other', async () =>
        expect(await faultsInNumbers(url)).toEqual([]),
      );
      if (replica !== null) say('  replica', await readsOnReplica(services[1]));
      await holds('everything that the inbox kept is counted once', async () =>
        expect(await writing.faults(services[0].now())).toEqual([]),
      );
      say('  inbox', writing.sent());
      await holds('every invoice and run was told of, and nothing that is not so', async () =>
        expect(await listening.faults(services[0].now(), url, PATIENCE_MS)).toEqual([]),
      );
      say('  told', { requests: listening.requests(), retried: listening.retried() });
      await holds('projection and invoices verify', async () =>
        expect(await verified(settings)).toBe('holds'),
      );
      await holds('the log verifies', async () => expect(await verified(settings, '--log')).toBe('holds'));
      await holds('it holds no more than one that was just started', () =>
        expectHeldAsFresh(services, events.slice(0, 100)),
      );
      await holds('both stop', async () => {
        for (const service of services) await service.stop();
      });
      for (const [, error] of failed) throw error;
    },
    (wanted.minutes + 20) * 60_000,
  );
});

async function isReady(service: Supervised): Promise<boolean> {
  return (await call(service.now(), 'GET', '/readyz').catch(() => null))?.status === 200;
}

/** Since the process started: whether it reads on the replica now, and how often the primary answered in its place. */
async function readsOnReplica(service: Supervised): Promise<Record<string, number>> {
  const { text } = await call(service.now(), 'GET', '/metrics');
  const sum = (name: string) =>
    Array.from(text.matchAll(new RegExp(`^${name}(?:{.*})? (\\d+)$`, 'gm')), ([, value]) =>
      Number(value),
    ).reduce((all, one) => all + one, 0);
  return { up: sum('janela_read_replica_up'), fallbacks: sum('janela_read_fallbacks_total') };
}

function portOf(address: string): number {
  return Number(new URL(address).port);
}

function say(what: string, numbers: ReadonlyMap<string, number> | Readonly<Record<string, unknown>>): void {
  const entries = numbers instanceof Map ? [...numbers] : Object.entries(numbers);
  const shown = entries.map(
    ([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`,
  );
  process.stdout.write(`${what}: ${shown.join(', ')}\n`);
}
