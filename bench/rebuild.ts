import { setTimeout } from 'node:timers/promises';
import type { EventLog } from '../src/log/log.ts';
import type { Database } from '../src/store/database.ts';
import { verifyProjection } from '../src/verify/projection/verify-projection.ts';
import { unsealingIn } from '../test/support/sealing.ts';
import { KEY } from './ingest.ts';
import { type HttpClient, openClient } from './lib/http-client.ts';
import { atLeast, type Finding, rate } from './lib/stats.ts';
import { benchEvents } from './lib/traffic.ts';
import { inWorld } from './lib/world.ts';
import { counted, fill, projectedRate, TRAFFIC } from './projection.ts';

interface RebuildAnswer {
  id: string;
  state: string;
  error: string | null;
  differences: { count: number } | null;
}

const REBUILDS = '/v1/ops/rebuilds';

/**
 * A rebuild as somebody asks for it, from the request until it has caught up and was compared, against the live
 * projection of the same log before it; what it leaves of live ingest and projection beside it; and the verification
 * of the result against the rebuild.
 */
export async function benchRebuild(count: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  await inWorld(async (world) => {
    const { url, database } = await world.database();
    const log = await world.postgresLog(url);
    await fill(log, database, [...benchEvents({ ...TRAFFIC, events: count, seed: 5, prefix: 'r' })]);
    const starting = world.service({ DATABASE_URL: url, ADMIN_API_KEY: KEY });
    const live = await projectedRate(database, count);
    const service = await starting;
    const client = await openClient(service.url, KEY);
    const rebuilt = rate(count, await timeOf(async () => caughtUp(client, await start(client))));

    await client.request('POST', `${REBUILDS}/1/discard`);
    const alone = await liveRate(log, database, count / 10, 6);
    const rebuild = await start(client);
    const beside = await liveRate(log, database, count / 10, 7);
    if ((await ask(client, 'GET', `${REBUILDS}/${rebuild.id}`)).state !== 'running')
      throw new Error('the rebuild was over before the events beside it were counted');
    await caughtUp(client, rebuild);
    client.close();

    const verified = rate(count, await timeOf(() => verify(database)));
    findings.push(
      atLeast('rebuild against the live projection', `${rebuilt} events/s and ${live}`, rebuilt / live, 2),
      atLeast(
        'append and live projection beside a rebuild, against the same alone',
        `${beside} events/s and ${alone}`,
        beside / alone,
        0.5,
      ),
      atLeast('verify against the rebuild', `${verified} events/s and ${rebuilt}`, verified / rebuilt, 1),
    );
  });
  return findings;
}

async function start(client: HttpClient): Promise<RebuildAnswer> {
  return await ask(client, 'POST', REBUILDS);
}

async function ask(client: HttpClient, method: 'GET' | 'POST', path: string): Promise<RebuildAnswer> {
  const { status, body } = await client.request(method, path);
  if (status !== 200 && status !== 202) throw new Error(`${status}: ${body}`);
  return JSON.parse(body);
}

async function caughtUp(client: HttpClient, started: RebuildAnswer): Promise<void> {
  let rebuild = started;
  while (rebuild.state === 'running') {
    await setTimeout(50);
    rebuild = await ask(client, 'GET', `${REBUILDS}/${rebuild.id}`);
  }
  if (rebuild.state !== 'caught-up') throw new Error(`the rebuild is ${rebuild.state}: ${rebuild.error}`);
  if (rebuild.differences?.count !== 0) throw new Error('the rebuild differs from the live projection');
}

/** Appends events of its own (of their seed: what shares an instant would have to be opened) and waits until the service has counted them. Events/s. */
async function liveRate(log: EventLog, database: Database, count: number, seed: number): Promise<number> {
  const events = [...benchEvents({ ...TRAFFIC, events: count, seed, prefix: `live${seed}-` })];
  const target = (await counted(database)) + count;
  const time = await timeOf(async () => {
    await fill(log, database, events);
    while ((await counted(database)) < target) await setTimeout(20);
  });
  return rate(count, time);
}

async function verify(database: Database): Promise<void> {
  const found = await verifyProjection(database, {
    unsealing: unsealingIn(database.db),
    defaultTimeZone: 'America/Sao_Paulo',
  });
  if (!found.ok) throw new Error(found.difference);
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
