import { setTimeout } from 'node:timers/promises';
import type { Event } from '../src/domain/event.ts';
import { bodyOf, KEY } from './ingest.ts';
import { openClient } from './lib/http-client.ts';
import { atMost, type Finding, percentile } from './lib/stats.ts';
import { inWorld } from './lib/world.ts';
import { counted, fill } from './projection.ts';

const START = Date.UTC(2026, 5, 1);
const MINUTE = 60_000;
const RECEIPTS = 30_000;
const LONG = 60_000;
const LONGEST = 200_000;
const EVERY_MS = 100;
const TARGET_MS = 100;

/**
 * What one tenant can do to all others: a receipt for a message that has 30,000, and a late event into a conversation of
 * 60,000 messages, ten times a second, while another tenant's events are followed until they are counted. And how long a
 * question about a conversation of 200,000 messages takes.
 */
export async function benchAttack(seconds: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  await inWorld(async (world) => {
    const { url, database } = await world.database();
    const log = await world.postgresLog(url);
    const history = [...crowded(), ...chain('long', LONG), ...chain('longest', LONGEST)];
    await fill(log, database, history);
    const service = await world.service({ DATABASE_URL: url, ADMIN_API_KEY: KEY });
    while ((await counted(database)) < history.length) await setTimeout(200);
    const quiet: number[] = await timesUntilCounted(service.url, seconds, null);
    for (const [name, attack] of ATTACKS) {
      const attacked = await timesUntilCounted(service.url, seconds, attack);
      quiet.push(...(await timesUntilCounted(service.url, seconds, null)));
      const [p99, limit] = [percentile(attacked, 0.99), percentile(quiet, 0.99)];
      const measured = `p99 until counted ${p99.toFixed(0)} ms, ${limit.toFixed(0)} ms without`;
      findings.push(atMost(name, measured, p99 / limit, 2));
    }
    findings.push(await conversation(service.url));
  });
  return findings;
}

const ATTACKS: [string, (n: number) => Event][] = [
  [
    `others beside receipts for a message that has ${RECEIPTS}`,
    (n) => ({ ...received('crowded', 1), id: `more${n}`, type: 'message.read', message: 'm' }),
  ],
  [
    `others beside late events into a conversation of ${LONG} messages`,
    // In between and, every other time, where no window was open.
    (n) => ({
      ...received('long', n % 2 === 0 ? -3 * 24 * 60 * (n + 1) : (n * 997) % LONG),
      id: `late${n}`,
    }),
  ],
];

function received(name: string, minute: number): Event {
  return {
    id: `${name}-${minute}`,
    type: 'message.received',
    tenant: 'attacker',
    channel: 'whatsapp',
    account: '551140000001',
    contact: name,
    occurredAt: START + minute * MINUTE,
  };
}

function* crowded(): Generator<Event> {
  yield { ...received('crowded', 0), id: 'm', type: 'message.sent', origin: 'api', message: 'm' };
  for (let i = 0; i < RECEIPTS; i++)
    yield { ...received('crowded', 1), id: `r${i}`, type: 'message.delivered', message: 'm' };
}

/** A message every minute, half of them answers, so that one window follows the other. */
function* chain(name: string, messages: number): Generator<Event> {
  for (let i = 0; i < messages; i++) {
    const event = received(name, i - LONGEST);
    yield i % 2 === 0 ? event : { ...event, type: 'message.sent', origin: 'api', message: event.id };
  }
}

let runs = 0;

/** Times (ms) from POST to counted of another tenant's single events, one every 50 ms, beside an attack. */
async function timesUntilCounted(
  url: string,
  seconds: number,
  attack: ((n: number) => Event) | null,
): Promise<number[]> {
  const run = runs++;
  const times: number[] = [];
  const [prober, attacker] = await Promise.all([openClient(url, KEY), openClient(url, KEY)]);
  const ended = new AbortController();
  const attacking = attackUntil(attacker, attack, ended.signal);
  const startedAt = performance.now();
  for (let n = 0; performance.now() - startedAt < seconds * 1000; n++) {
    const event = { ...received(`probe${n % 50}`, run * 10_000 + n), tenant: 'other' };
    const postedAt = performance.now();
    const { status, body } = await prober.request('POST', '/v1/events', bodyOf([event]));
    if (status !== 202) throw new Error(`${status}: ${body}`);
    const { receipt } = JSON.parse(body) as { receipt: string };
    const usage = `/v1/tenants/other/usage?after=${encodeURIComponent(receipt)}`;
    const answer = await prober.request('GET', usage);
    if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.body}`);
    times.push(performance.now() - postedAt);
    await setTimeout(50);
  }
  ended.abort();
  await attacking;
  for (const client of [prober, attacker]) client.close();
  return times;
}

async function attackUntil(
  client: Awaited<ReturnType<typeof openClient>>,
  attack: ((n: number) => Event) | null,
  signal: AbortSignal,
): Promise<void> {
  for (let n = 0; attack !== null && !signal.aborted; n++) {
    const { status, body } = await client.request('POST', '/v1/events', bodyOf([attack(n)]));
    if (status !== 202) throw new Error(`${status}: ${body}`);
    await setTimeout(EVERY_MS);
  }
}

async function conversation(url: string): Promise<Finding> {
  const client = await openClient(url, KEY);
  const times: number[] = [];
  for (let i = 0; i < 60; i++) {
    // Now, and at instants all over its time.
    const at = i % 2 === 0 ? '' : `&at=${new Date(START - i * 2_500 * MINUTE).toISOString()}`;
    const askedAt = performance.now();
    const { status, body } = await client.request(
      'GET',
      `/v1/tenants/attacker/conversation?channel=whatsapp&account=551140000001&contact=longest${at}`,
    );
    if (i >= 10) times.push(performance.now() - askedAt);
    if (status !== 200 || JSON.parse(body).windows.length !== 20) throw new Error(`${status}: ${body}`);
  }
  client.close();
  const p99 = percentile(times, 0.99);
  const measured = `p50 ${percentile(times, 0.5).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
  return atMost(`conversation of ${LONGEST} messages, p99 / ${TARGET_MS} ms`, measured, p99 / TARGET_MS, 1);
}
