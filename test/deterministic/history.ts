/** One history from a seed: senders, two processes, their log and database, and what fails meanwhile. */

import type { Event } from '../../src/domain/event.ts';
import { calendarOf } from '../../src/domain/period.ts';
import type { TenantRules } from '../../src/projection/tables/tenant-rules.ts';
import { between, chance, pick, type Random, seededRandom } from '../../src/simulation/random.ts';
import { encodeEvent } from '../support/former-record.ts';
import { type Broker, type BrokerBugs, createBroker } from './broker.ts';
import { type Acknowledged, faultsIn } from './check.ts';
import { someEvents, someRules } from './events.ts';
import { type Instance, startInstance } from './instance.ts';
import { createStore, type Store, type StoreBugs } from './store.ts';
import { createWorld, type FaultRates, type World } from './world.ts';

const INSTANCES = 2;
const MOST_TASKS = 20_000;
const CLIENT_WAITS_MS = 8_000;
const SENDER = { key: 'sender', tenant: null };
const CALENDAR = calendarOf([{ from: null, zone: 'America/Sao_Paulo' }]);

export interface HistoryOptions {
  seed: number;
  bugs?: BrokerBugs & StoreBugs;
  /** Keeps what happened, for a person. */
  traced?: boolean;
}

export interface HistoryResult {
  /** What does not hold; none: everything does. */
  faults: string[];
  trace: string[];
  tasks: number;
}

/** Runs one history to its end. The same seed gives the same one. Needs `installTimers`. */
export async function runHistory({
  seed,
  bugs = {},
  traced = false,
}: HistoryOptions): Promise<HistoryResult> {
  const random = seededRandom(seed);
  const world = createWorld(between(random, 0, 2 ** 31), someRates(random), traced);
  const rules = someRules(random);
  const settings: TenantRules = { rules, calendar: CALENDAR, next: null };
  const broker = createBroker(world, between(random, 1, 3), bugs);
  const store = createStore(world, broker.partitions.length, bugs);
  const faults: string[] = [];
  const instances = startInstances(world, { broker, store }, settings, (error) => {
    faults.push(`a projector stopped: ${(error as Error).message}`);
  });
  const senders = startSenders(world, instances, requestsOf(random, someEvents(random)), broker);
  disturb(world, random, broker);
  world.after(1_000 * between(random, 1, 20), world.outside, world.endFaults);
  const isAtRest = () =>
    faults.length > 0 ||
    (senders.waiting() === 0 &&
      !store.isBusy() &&
      broker.partitions.every(({ length }, partition) => store.tables.positions[partition]?.next === length));
  let tasks = 0;
  try {
    tasks = await world.run(isAtRest, MOST_TASKS);
  } catch (error) {
    const positions = store.tables.positions.map(
      ({ next }, i) => `${next} of ${broker.partitions[i]?.length}`,
    );
    faults.push(`${(error as Error).message}; ${senders.waiting()} wait, projected ${positions.join(', ')}`);
  }
  if (faults.length === 0) faults.push(...faultsIn(broker, store.tables, senders.acknowledged, settings));
  return { faults, trace: world.trace, tasks };
}

/** Each history has some kinds of faults, few or many, and others not at all. */
function someRates(random: Random): FaultRates {
  const rate = (often: number) => pick(random, [0, 0, often / 4, often]);
  return {
    crash: rate(0.01),
    freeze: rate(0.01),
    failure: rate(0.05),
    delay: rate(0.05),
    repeat: rate(0.2),
    rebalance: rate(0.1),
    databaseCrash: rate(0.01),
    brokerCrash: rate(0.05),
  };
}

/** Both come back some time after a crash, and one is restarted as for an upgrade. */
function startInstances(
  world: World,
  { broker, store }: { broker: Broker; store: Store },
  tenant: TenantRules,
  broken: (error: unknown) => void,
): (Instance | null)[] {
  const instances: (Instance | null)[] = [];
  const settings = {
    load: async (_: unknown, tenants: ReadonlySet<string>) =>
      new Map([...tenants].map((name) => [name, tenant])),
  };
  let started = 0;

  function start(index: number): void {
    instances[index] = null;
    const process = { name: `process ${++started}`, alive: true, frozenUntil: 0 };
    world.after(0, process, () => {
      world.note(`${process.name} starts`);
      instances[index] = startInstance(process, { broker, store, settings, note: world.note }, broken);
    });
  }

  function restart(): void {
    const instance = instances[0];
    if (instance == null) return;
    world.note(`${instance.process.name} is stopped`);
    instances[0] = null;
    void instance.stop().then(() => start(0));
  }

  world.onCrash((process) => {
    const index = instances.findIndex((instance) => instance?.process === process);
    if (index < 0) return;
    instances[index] = null;
    world.after(5_000 * world.random(), world.outside, () => start(index));
  });
  for (let index = 0; index < INSTANCES; index++) start(index);
  if (chance(world.random, 0.2)) {
    const index = 10_000 * world.random();
    world.after(index, world.outside, () => {
      const instance = instances[0];
      if (instance != null) world.after(0, instance.process, restart);
    });
  }
  return instances;
}

function requestsOf(random: Random, events: readonly Event[]): Event[][] {
  const requests: Event[][] = [];
  for (let rest = [...events]; rest.length > 0; ) requests.push(rest.splice(0, between(random, 1, 4)));
  return requests;
}

/** Everybody sends a request again until it is acknowledged. */
function startSenders(
  world: World,
  instances: readonly (Instance | null)[],
  requests: readonly Event[][],
  { partitions }: Broker,
) {
  const acknowledged: Acknowledged[] = [];
  let waiting = requests.length;

  function post(events: readonly Event[]): void {
    let isSettled = false;
    const settle = (then: () => void) => {
      if (!isSettled) then();
      isSettled = true;
    };
    const again = () => settle(() => world.after(2_000 * world.random(), world.outside, () => post(events)));
    world.after(CLIENT_WAITS_MS, world.outside, again);
    const instance = instances[between(world.random, 0, INSTANCES - 1)];
    if (instance == null || world.fault('failure')) {
      again();
      return;
    }
    world.after(world.delay(), instance.process, () => {
      const records = events.map((event) =>
        encodeEvent(event, Math.floor(world.now()), 'key', partitions.length),
      );
      const answer = (what: () => void) => world.after(world.delay(), world.outside, what);
      instance.intake.append(records, SENDER).then(
        (positions) =>
          answer(() => {
            for (const [i, position] of positions.entries())
              acknowledged.push({ position, value: records[i]?.value ?? Buffer.alloc(0) });
            settle(() => {
              waiting--;
            });
          }),
        () => answer(again),
      );
    });
  }

  for (const events of requests) world.after(6_000 * world.random(), world.outside, () => post(events));
  return { acknowledged, waiting: () => waiting };
}

/** Others write into the topic: transactions that leave offsets without records, and what nobody can read. */
function disturb(world: World, random: Random, broker: Broker): void {
  const times = chance(random, 0.3) ? between(random, 1, 3) : 0;
  for (let i = 0; i < times; i++) {
    const partition = between(random, 0, broker.partitions.length - 1);
    const poison = { key: Buffer.from('?'), value: Buffer.from('nonsense') };
    const entries = chance(random, 0.5) ? [poison] : [null, null];
    world.after(8_000 * random(), world.outside, () => broker.append(partition, entries));
  }
}
