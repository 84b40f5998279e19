import { type Event as ApiEvent, createSender } from '../clients/typescript/src/sender.ts';
import type { Event } from '../src/domain/event.ts';
import { bodyOf, KEY, serviceOnKafka } from './ingest.ts';
import { atLeast, type Finding, median, rate } from './lib/stats.ts';
import { benchEvents } from './lib/traffic.ts';
import { inWorld } from './lib/world.ts';
import { TRAFFIC } from './projection.ts';

const PER_REQUEST = 500;
const IN_HAND = 5_000;
/** Short and many, in turn: what others do on the machine meets both. */
const RUNS = 9;

/** Single `send()` calls, against a loop that posts batches of 500 made by hand; both over one connection. */
export async function benchClient(count: number): Promise<Finding[]> {
  const byHand: number[] = [];
  const sent: number[] = [];
  await inWorld(async (world) => {
    const { url } = await serviceOnKafka(world, { ROLES: 'api' });
    await postByHand(url, someEvents(20_000, 'w'));
    await sendSingly(url, someEvents(20_000, 'x'));
    for (let run = 0; run < RUNS; run++) {
      byHand.push(await postByHand(url, someEvents(count, `h${run}-`)));
      sent.push(await sendSingly(url, someEvents(count, `s${run}-`)));
    }
  });
  return [
    atLeast(
      'sender on one connection, single send() calls',
      `${sent.join(', ')} events/s, batches of ${PER_REQUEST} made by hand ${byHand.join(', ')}`,
      median(sent.map((each, run) => each / (byHand[run] ?? Number.NaN))),
      0.8,
    ),
  ];
}

function someEvents(events: number, prefix: string): Event[] {
  return [...benchEvents({ ...TRAFFIC, events, seed: 5, prefix })];
}

/** Events/s. */
async function postByHand(url: string, events: readonly Event[]): Promise<number> {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const startedAt = performance.now();
  for (let i = 0; i < events.length; i += PER_REQUEST) {
    const body = bodyOf(events.slice(i, i + PER_REQUEST));
    const response = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: new Uint8Array(body) });
    const { accepted } = (await response.json()) as { accepted: number };
    if (response.status !== 202 || accepted === 0) throw new Error(`${response.status}`);
  }
  return rate(events.length, performance.now() - startedAt);
}

/** Events/s; the next event is sent as soon as fewer than IN_HAND are without their answer. */
async function sendSingly(url: string, events: readonly Event[]): Promise<number> {
  const sender = createSender({
    url,
    key: KEY,
    onRejected: ({ problem }) => {
      throw new Error(problem.detail ?? problem.title);
    },
  });
  const inHand: Promise<unknown>[] = [];
  const startedAt = performance.now();
  for (const [i, { occurredAt, ...event }] of events.entries()) {
    if (i >= IN_HAND) await inHand[i - IN_HAND];
    inHand.push(sender.send({ ...event, occurredAt: new Date(occurredAt).toISOString() } as ApiEvent));
  }
  await Promise.all(inHand);
  const perSecond = rate(events.length, performance.now() - startedAt);
  await sender.close();
  return perSecond;
}
