import type { Event } from '../src/domain/event.ts';
import type { TestProcess } from '../test/support/servers/process.ts';
import { type BareProducer, openBareProducer } from './lib/bare-producer.ts';
import { openClient } from './lib/http-client.ts';
import { foreignRecords } from './lib/sealer.ts';
import { atLeast, atMost, type Finding, median, percentile, rate } from './lib/stats.ts';
import { benchEvents } from './lib/traffic.ts';
import { inWorld, PARTITIONS, type World } from './lib/world.ts';
import { TRAFFIC } from './projection.ts';

export const KEY = 'the-key-of-the-bench';

const SINGLES = 80_000;

/**
 * From HTTP to the acknowledgement of a Kafka log, against a bare kafkajs producer on the same broker. Single events
 * have a broker, a service and a small heap of their own: what the batches leave in this process would be waited for.
 */
export async function benchIngest(count: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  await onKafka(async (bare, url) => {
    findings.push(await inBatches(bare, url, someEvents(count)));
  });
  globalThis.gc?.();
  await onKafka(async (bare, url) => {
    findings.push(...(await oneByOne(bare, url, someEvents(Math.min(SINGLES, count)))));
  });
  return findings;
}

function someEvents(events: number): Event[] {
  return [...benchEvents({ ...TRAFFIC, events, seed: 2, prefix: 'i' })];
}

async function onKafka(use: (bare: BareProducer, url: string) => Promise<void>): Promise<void> {
  await inWorld(async (world) => {
    const bare = await openBareProducer(await world.brokers(), 'bare', PARTITIONS);
    await use(bare, await apiOnKafka(world));
    await bare.close();
  });
}

/** A service that only takes events in, as in an installation that has split its roles. */
async function apiOnKafka(world: World): Promise<string> {
  return (await serviceOnKafka(world, { ROLES: 'api' })).url;
}

/** A whole service on a Kafka log and a fresh database. */
export async function serviceOnKafka(
  world: World,
  settings: Readonly<Record<string, string>> = {},
): Promise<TestProcess> {
  const { url } = await world.database();
  const brokers = await world.brokers();
  return world.service({
    DATABASE_URL: url,
    KAFKA_BROKERS: brokers.join(','),
    ADMIN_API_KEY: KEY,
    ...settings,
  });
}

async function inBatches(bare: BareProducer, url: string, events: readonly Event[]): Promise<Finding> {
  const records = foreignRecords(events);
  const bodies: Buffer[] = [];
  for (let i = 0; i < events.length; i += 500) bodies.push(bodyOf(events.slice(i, i + 500)));
  await post(url, bodies.slice(0, 20), 4);
  const limits = [await bare.batches(records)];
  const startedAt = performance.now();
  await post(url, bodies, 4);
  const perSecond = rate(events.length, performance.now() - startedAt);
  limits.push(await bare.batches(records));
  return atLeast(
    'ingest in batches of 500 over 4 connections',
    `${perSecond} events/s, bare producer ${limits.join(' and ')}`,
    perSecond / median(limits),
    0.7,
  );
}

async function oneByOne(bare: BareProducer, url: string, events: readonly Event[]): Promise<Finding[]> {
  const records = foreignRecords(events.slice(0, 3_000));
  const bodies = events.map((event) => bodyOf([event]));
  const limit = await bare.singles(records);
  // Long enough for the compiler to have seen every path: the first 40,000 requests take half as long again.
  await post(url, bodies.slice(0, 40_000), 64);
  const startedAt = performance.now();
  await post(url, bodies, 64);
  const perSecond = rate(bodies.length, performance.now() - startedAt);
  const again = await bare.singles(records);
  const p50 = median([...limit.times, ...again.times]);
  const p99s: number[] = [];
  for (let run = 0; run < 3; run++)
    p99s.push(percentile(await postAtRate(url, bodies, 64, perSecond / 2), 0.99));
  const p99 = median(p99s);
  return [
    atLeast(
      'single events over 64 connections',
      `${perSecond} events/s, bare producer one by one ${limit.perSecond} and ${again.perSecond}`,
      (perSecond * 2) / (limit.perSecond + again.perSecond),
      3,
    ),
    atMost(
      'p99 of a single event at half that load',
      `${p99s.map((ms) => ms.toFixed(1)).join(', ')} ms, bare producer p50 ${p50.toFixed(2)} ms`,
      p99 / p50,
      30,
    ),
  ];
}

export function bodyOf(events: readonly Event[]): Buffer {
  const raw = events.map(({ occurredAt, ...event }) => ({
    ...event,
    occurredAt: new Date(occurredAt).toISOString(),
  }));
  return Buffer.from(JSON.stringify(raw.length === 1 ? raw[0] : raw));
}

export async function post(url: string, bodies: readonly Buffer[], connections: number): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = await openClient(url, KEY);
      for (let body = bodies[next++]; body !== undefined; body = bodies[next++])
        await accepted(client.request('POST', '/v1/events', body));
      client.close();
    }),
  );
}

async function accepted(answer: Promise<{ status: number; body: string }>): Promise<void> {
  const { status, body } = await answer;
  if (status !== 202) throw new Error(`${status}: ${body.slice(0, 300)}`);
}

/** Posts at a steady rate for 10 s. Resolves with the time from when each request was due to its answer, in ms. */
async function postAtRate(
  url: string,
  bodies: readonly Buffer[],
  connections: number,
  perSecond: number,
): Promise<number[]> {
  const clients = await Promise.all(Array.from({ length: connections }, () => openClient(url, KEY)));
  const idle = [...clients];
  const due: number[] = [];
  const times: number[] = [];
  const total = Math.round(perSecond * 10);
  const startedAt = performance.now();
  let made = 0;
  const all = Promise.withResolvers<void>();
  const serve = () => {
    while (idle.length > 0 && due.length > 0) {
      const [client, dueAt, body] = [idle.pop(), due.shift() ?? 0, bodies[times.length % bodies.length]];
      if (client === undefined || body === undefined) return;
      accepted(client.request('POST', '/v1/events', body)).then(() => {
        times.push(performance.now() - dueAt);
        idle.push(client);
        if (times.length === total) all.resolve();
        serve();
      }, all.reject);
    }
  };
  const timer = setInterval(() => {
    const until = Math.min(total, Math.floor(((performance.now() - startedAt) * perSecond) / 1000));
    for (; made < until; made++) due.push(startedAt + (made * 1000) / perSecond);
    serve();
  }, 1);
  await all.promise;
  clearInterval(timer);
  for (const client of clients) client.close();
  return times;
}
