import { seededRandom } from '../../src/simulation/random.ts';
import type { TrafficOptions } from '../../src/simulation/traffic.ts';
import type { TestProcess } from '../support/servers/process.ts';
import { SEED } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { eventsOf, expectCountedOnce, trafficOf } from './counted-once.ts';
import { type Load, type LoadOptions, startLoad } from './load.ts';

export const ADMIN_API_KEY = 'the-administrators-own-key';

/** A running service with clients that post to it. */
export interface Loaded {
  service: TestProcess;
  load: Load;
  traffic: TrafficOptions;
}

export interface LoadedOptions
  extends Pick<LoadOptions, 'reserve' | 'restMs'>,
    Partial<Pick<LoadOptions, 'clients' | 'patienceMs'>> {
  events: number;
}

/** Six clients post generated traffic until all of it is acknowledged, each time to the next of the services there are then. */
export function startLoaded(
  services: TestProcess | readonly [TestProcess, ...TestProcess[]],
  { events, ...pace }: LoadedOptions,
): Loaded {
  const all = Array.isArray(services) ? (services as readonly TestProcess[]) : [services as TestProcess];
  const [service] = all as readonly [TestProcess, ...TestProcess[]];
  const traffic = trafficOf(SEED, events);
  const load = startLoad(eventsOf(traffic), {
    target: (client, attempt) => all[(client + attempt) % all.length] ?? service,
    clients: 6,
    mostPerRequest: 40,
    random: seededRandom(SEED),
    patienceMs: 90_000,
    ...pace,
  });
  return { service, load, traffic };
}

/** Waits until so much is acknowledged, as a share of the whole. */
export async function untilAcknowledged({ load, traffic }: Loaded, share: number): Promise<void> {
  await until(() => load.acknowledged() >= share * traffic.events, {
    timeoutMs: 60_000,
    what: 'acknowledgements',
  });
}

/** Ends the load: all of it is acknowledged then, and counted once. */
export async function expectAllCountedOnce(
  { service, traffic, load }: Loaded,
  databaseUrl: string,
): Promise<void> {
  load.finish();
  await expectCountedOnce(service, databaseUrl, traffic, await load.done);
}
