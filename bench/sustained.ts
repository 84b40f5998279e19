import { setTimeout } from 'node:timers/promises';
import { bodyOf, KEY, serviceOnKafka } from './ingest.ts';
import { openClient } from './lib/http-client.ts';
import { atLeast, atMost, type Finding, median, rate } from './lib/stats.ts';
import { benchEvents } from './lib/traffic.ts';
import { inWorld } from './lib/world.ts';
import { TRAFFIC } from './projection.ts';

const PER_SECOND = 25_000;
const PER_REQUEST = 500;
const CONNECTIONS = 8;

/**
 * Posted and counted: batches of 500 at a steady rate for two minutes, and how many events are still to be counted
 * meanwhile. Broker, database, service and load share the machine.
 */
export async function benchSustained(minutes: number): Promise<Finding[]> {
  const lags: number[] = [];
  let posted = 0;
  let counted = 0;
  const seconds = minutes * 60;
  // By connection. How many are to come decides how many sessions are open at once.
  const most = (PER_SECOND * seconds) / CONNECTIONS + PER_REQUEST;
  await inWorld(async (world) => {
    const service = await serviceOnKafka(world);
    const startedAt = performance.now();
    const until = startedAt + seconds * 1_000;
    const load = Array.from({ length: CONNECTIONS }, async (_, i) => {
      const client = await openClient(service.url, KEY);
      const events = benchEvents({ ...TRAFFIC, events: most, seed: 30 + i, prefix: `e${i}-` });
      for (let n = 0; performance.now() < until; n++) {
        const due = startedAt + (n * CONNECTIONS * PER_REQUEST * 1_000) / PER_SECOND;
        await setTimeout(Math.max(0, due - performance.now()));
        const batch = Array.from({ length: PER_REQUEST }, () => events.next().value);
        const { status, body } = await client.request('POST', '/v1/events', bodyOf(batch));
        if (status !== 202) throw new Error(`${status}: ${body.slice(0, 300)}`);
        posted += PER_REQUEST;
      }
      client.close();
    });
    const sampler = (async () => {
      const client = await openClient(service.url, KEY);
      while (performance.now() < until) {
        await setTimeout(1_000);
        const { body } = await client.request('GET', '/v1/ops/projection');
        const { partitions } = JSON.parse(body) as { partitions: { lag: number }[] };
        lags.push(partitions.reduce((sum, { lag }) => sum + lag, 0));
      }
      client.close();
    })();
    await Promise.all([...load, sampler]);
    counted = posted - (lags.at(-1) ?? posted);
  });
  const perSecond = rate(counted, seconds * 1_000);
  const quarter = Math.floor(lags.length / 4);
  const early = median(lags.slice(quarter, 2 * quarter));
  const late = median(lags.slice(3 * quarter));
  return [
    atLeast(
      `posted and counted / ${PER_SECOND} events/s`,
      `${perSecond} events/s in ${seconds} s, ${rate(posted, seconds * 1_000)} posted`,
      perSecond / PER_SECOND,
      0.99,
    ),
    atMost(
      'events still to be counted in the last quarter, in seconds of that rate',
      `${late}, ${early} in the second quarter`,
      late / PER_SECOND,
      1,
    ),
  ];
}
