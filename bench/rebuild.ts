import { setTimeout } from 'node:timers/promises';
import { verifyProjection } from '../src/projection/verify.ts';
import { KEY } from './ingest.ts';
import { openClient } from './lib/http-client.ts';
import { atLeast, type Finding, rate } from './lib/stats.ts';
import { benchEvents } from './lib/traffic.ts';
import { inWorld } from './lib/world.ts';
import { fill, projectionRate, TRAFFIC } from './projection.ts';

interface RebuildAnswer {
  id: string;
  state: string;
  error: string | null;
  differences: { count: number } | null;
}

const REBUILDS = '/v1/ops/rebuilds';

/**
 * A rebuild as somebody asks for it, from the request until it has caught up and was compared, against the live
 * projection of the same log before it; and the verification of the result against the rebuild.
 */
export async function benchRebuild(count: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  await inWorld(async (world) => {
    const { url, database } = await world.database();
    const log = await world.postgresLog(url);
    await fill(log, [...benchEvents({ ...TRAFFIC, events: count, seed: 5, prefix: 'r' })]);
    const live = await projectionRate(url, log, count);
    const service = await world.service({ DATABASE_URL: url, ADMIN_API_KEY: KEY });
    const rebuilt = rate(count, await timeOf(() => rebuild(service.url)));
    const verified = rate(
      count,
      await timeOf(async () => {
        const found = await verifyProjection(database, { defaultTimeZone: 'America/Sao_Paulo' });
        if (!found.ok) throw new Error(found.difference);
      }),
    );
    findings.push(
      atLeast('rebuild against the live projection', `${rebuilt} events/s and ${live}`, rebuilt / live, 2),
      atLeast('verify against the rebuild', `${verified} events/s and ${rebuilt}`, verified / rebuilt, 1),
    );
  });
  return findings;
}

async function rebuild(url: string): Promise<void> {
  const client = await openClient(url, KEY);
  const ask = async (method: 'GET' | 'POST', path: string): Promise<RebuildAnswer> => {
    const { status, body } = await client.request(method, path);
    if (status !== 200 && status !== 202) throw new Error(`${status}: ${body}`);
    return JSON.parse(body);
  };
  let answer = await ask('POST', REBUILDS);
  while (answer.state === 'running') {
    await setTimeout(50);
    answer = await ask('GET', `${REBUILDS}/${answer.id}`);
  }
  client.close();
  if (answer.state !== 'caught-up') throw new Error(`the rebuild is ${answer.state}: ${answer.error}`);
  if (answer.differences?.count !== 0) throw new Error('the rebuild differs from the live projection');
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
