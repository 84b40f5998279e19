import { setTimeout } from 'node:timers/promises';
import type { Event } from '../src/domain/event.ts';
import type { Database } from '../src/store/database.ts';
import { webhookReceiver } from '../test/support/webhook-receiver.ts';
import { bodyOf, KEY } from './ingest.ts';
import { openClient } from './lib/http-client.ts';
import { atLeast, atMost, type Finding, median, percentile } from './lib/stats.ts';
import { benchEvents } from './lib/traffic.ts';
import { inWorld } from './lib/world.ts';
import { cpuPerEvent, fill, projectedRate, TRAFFIC } from './projection.ts';

const PER_SECOND = 2_000;
const PER_REQUEST = 20;
const TARGET_MS = 5_000;
const TOLD_TENANTS = 200;
/** Windows between two thresholds of a tenant. */
const STEP = 20;
const TENANTS = 10_000;

/**
 * From the POST of the window that reaches a threshold to its notification at a webhook on this machine; and what it
 * takes of the projector's rate that 10,000 tenants have thresholds, against none in the same run.
 */
export async function benchNotify(seconds: number, count: number): Promise<Finding[]> {
  return [await timeCrossings(seconds), await compareRates(count)];
}

async function timeCrossings(seconds: number): Promise<Finding> {
  const times: number[] = [];
  const rounds = Math.floor((seconds * PER_SECOND) / TOLD_TENANTS);
  await inWorld(async (world) => {
    const { url: databaseUrl, database } = await world.database();
    const tenants = Array.from({ length: TOLD_TENANTS }, (_, i) => `tenant-${i}`);
    const counts = Array.from({ length: Math.floor(rounds / STEP) }, (_, i) => (i + 1) * STEP);
    await setThresholds(database, tenants, counts);
    const { url } = await world.service({
      ...{ DATABASE_URL: databaseUrl, ADMIN_API_KEY: KEY, WEBHOOKS_ALLOW_INSECURE: 'true' },
    });
    const receiver = await webhookReceiver();
    const client = await openClient(url, KEY);
    const made = await client.request(
      'POST',
      '/v1/webhooks',
      Buffer.from(JSON.stringify({ url: receiver.url })),
    );
    if (made.status !== 201) throw new Error(made.body);
    const postedAt = new Map<string, number>();
    const startedAt = performance.now();
    for (let i = 0; i < rounds * TOLD_TENANTS; i += PER_REQUEST) {
      await setTimeout(Math.max(0, startedAt + (i * 1_000) / PER_SECOND - performance.now()));
      const events = Array.from({ length: PER_REQUEST }, (_, j) => windowOf(i + j));
      for (const [j, { tenant }] of events.entries())
        postedAt.set(`${tenant} ${Math.floor((i + j) / TOLD_TENANTS) + 1}`, Date.now());
      const { status, body } = await client.request('POST', '/v1/events', bodyOf(events));
      if (status !== 202) throw new Error(`${status}: ${body}`);
    }
    const wanted = tenants.length * counts.length;
    const deadline = performance.now() + 60_000;
    while (receiver.received.length < wanted && performance.now() < deadline) await setTimeout(50);
    for (const { body, at } of receiver.received) {
      const { data } = JSON.parse(body) as { data: { tenant: string; count: number } };
      times.push(at - (postedAt.get(`${data.tenant} ${data.count}`) ?? Number.NaN));
    }
    if (times.length !== wanted) throw new Error(`${times.length} of ${wanted} notifications came`);
    client.close();
    await receiver.close();
  });
  const p99 = percentile(times, 0.99);
  return atMost(
    `from POST of the crossing window to its notification at ${PER_SECOND} windows/s, p99 / ${TARGET_MS} ms`,
    `p50 ${percentile(times, 0.5).toFixed(0)} ms, p99 ${p99.toFixed(0)} ms over ${times.length} notifications`,
    p99 / TARGET_MS,
    1,
  );
}

/** Each opens a window of its own; the tenants take turns. */
function windowOf(i: number): Event {
  return {
    ...{ id: `n${i}`, type: 'message.received', tenant: `tenant-${i % TOLD_TENANTS}` },
    ...{ channel: 'whatsapp', account: '551140000001', contact: `55119${10_000_000 + i}` },
    occurredAt: Date.now(),
  };
}

interface Measured {
  rate: number;
  /** us of an event. */
  cpu: { service: number; server: number };
}

/** The rates say what else the machine did too; what an event costs does not. */
async function compareRates(count: number): Promise<Finding> {
  const start = Date.now() - (count * TRAFFIC.step + 3_600_000);
  const traffic = { ...TRAFFIC, tenants: TENANTS, start, events: count, seed: 5, prefix: 'n' };
  const events = [...benchEvents(traffic)];
  const tenants = Array.from({ length: TENANTS }, (_, i) => `tenant-${i}`);
  const found = { with: [] as Measured[], without: [] as Measured[] };
  for (const kind of ['without', 'with', 'without', 'with'] as const)
    await inWorld(async (world) => {
      const { url, database } = await world.database();
      await fill(await world.postgresLog(url), database, events);
      if (kind === 'with') await setThresholds(database, tenants, [20, 1_000]);
      const starting = world.service({ DATABASE_URL: url, ROLES: 'projector' });
      const cpu = starting.then((service) => cpuPerEvent(database, service.pid, count));
      found[kind].push({ rate: await projectedRate(database, count), cpu: await cpu });
    });
  const each = ({ rate, cpu }: Measured) =>
    `${rate} events/s (${cpu.service.toFixed(1)} us and ${cpu.server.toFixed(1)} us of CPU an event)`;
  const cost = (list: readonly Measured[]) => median(list.map(({ cpu }) => cpu.service + cpu.server));
  return atLeast(
    `CPU of projection without thresholds / with ${TENANTS} tenants that have some`,
    `${found.with.map(each).join(', ')}, without ${found.without.map(each).join(', ')}`,
    cost(found.without) / cost(found.with),
    0.95,
  );
}

async function setThresholds(
  { pool }: Pick<Database, 'pool'>,
  tenants: readonly string[],
  counts: readonly number[],
): Promise<void> {
  const thresholds = counts.map((count) => ({ of: 'receptive', count, since: '2026-01' }));
  await pool.query(
    'INSERT INTO billing.tenant_thresholds (tenant, thresholds) SELECT unnest($1::text[]), $2::jsonb',
    [tenants, JSON.stringify(thresholds)],
  );
}
