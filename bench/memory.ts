import { readFileSync } from 'node:fs';
import type { Event } from '../src/domain/event.ts';
import { bodyOf, KEY, serviceOnKafka } from './ingest.ts';
import { openClient } from './lib/http-client.ts';
import { atMost, type Finding, median, rate } from './lib/stats.ts';
import { benchEvents } from './lib/traffic.ts';
import { inWorld } from './lib/world.ts';
import { TRAFFIC } from './projection.ts';

const TARGET_MB = 512;
/** More than one connection of the load gets answered. */
const MOST_PER_SECOND = 25_000;

/** Memory of the whole service under as much load as it takes: its highest, and the last quarter against the second. */
export async function benchMemory(minutes: number): Promise<Finding[]> {
  const sizes: number[] = [];
  let posted = 0;
  await inWorld(async (world) => {
    const service = await serviceOnKafka(world);
    const until = performance.now() + minutes * 60_000;
    const load = Array.from({ length: 4 }, async (_, i) => {
      const client = await openClient(service.url, KEY);
      const events = benchEvents({
        ...TRAFFIC,
        events: MOST_PER_SECOND * 60 * minutes,
        seed: 10 + i,
        prefix: `m${i}-`,
      });
      while (performance.now() < until) {
        const { status, body } = await client.request('POST', '/v1/events', bodyOf(nextOf(events, 500)));
        if (status !== 202 && status !== 503) throw new Error(`${status}: ${body}`);
        posted += 500;
      }
      client.close();
    });
    const sampler = setInterval(() => sizes.push(residentMb(service.pid)), 1_000);
    await Promise.all(load).finally(() => clearInterval(sampler));
  });
  const quarter = Math.floor(sizes.length / 4);
  const early = median(sizes.slice(quarter, 2 * quarter));
  const late = median(sizes.slice(3 * quarter));
  const highest = Math.max(...sizes);
  const measured = `${highest} MB at most, ${rate(posted, minutes * 60_000)} events/s for ${minutes} minutes`;
  return [
    atMost(`memory under full load / ${TARGET_MB} MB`, measured, highest / TARGET_MB, 1),
    atMost('memory of the last quarter against the second', `${late} MB and ${early} MB`, late / early, 1.1),
  ];
}

/** `take` would end the generator. */
function nextOf(events: Generator<Event>, count: number): Event[] {
  return Array.from({ length: count }, () => events.next().value as Event);
}

function residentMb(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1024);
}
