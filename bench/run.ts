import { performance } from 'node:perf_hooks';
import { fillManyTenants, OCTOBER } from '../test/support/many-tenants.ts';
import { bodyOf, KEY } from './ingest.ts';
import { cpuTimes } from './lib/cpu.ts';
import { openClient } from './lib/http-client.ts';
import { atLeast, atMost, type Finding, median, percentile, rate } from './lib/stats.ts';
import { benchEvents } from './lib/traffic.ts';
import { inWorld } from './lib/world.ts';
import { TRAFFIC } from './projection.ts';

const WINDOWS = 100;
/** Invoices per second on two cores. */
const TARGET = 300;
const PER_REQUEST = 500;
const WRITERS = 4;
const ALONE_MS = 10_000;
/** What answers one question of a page, ms: as for a draft. */
const LIST_TARGET_MS = 100;
const REQUESTS = 200;
const LISTS = [
  '/v1/usage?period=2025-10&limit=100',
  '/v1/usage?period=2025-11&limit=100',
  '/v1/invoices?period=2025-10&limit=100',
  '/v1/invoices?limit=100',
];

/**
 * A month of `tenants` tenants with 100 windows each becomes final, and the month after it, whose invoices look whether
 * anything came late for the one before; then a month again beside clients that post as fast as they can, against what
 * these reach alone. CPU per invoice says what two cores can do, whatever else the machine does.
 */
export async function benchRun(tenants: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  await inWorld(async (world) => {
    const { url, database } = await world.database();
    const service = await world.service({ DATABASE_URL: url, ADMIN_API_KEY: KEY, GRACE_HOURS: '0' });
    await putPlan(service.url);
    const cpu = async () => await cpuTimes(service.pid, database);
    const fill = async (prefix: string) =>
      await fillManyTenants(
        database,
        { prefix, tenants, windows: WINDOWS, ...OCTOBER },
        { plan: 'pro', from: '2025-10' },
      );
    const close = async (prefix: string, period: string): Promise<Closed> => {
      const before = await cpuTimes(service.pid, database);
      const took = await timeRun(service.url, { prefix, tenants, period });
      const after = await cpuTimes(service.pid, database);
      const each = (of: keyof typeof after) => (after[of] - before[of]) / tenants;
      return { perSecond: rate(tenants, took), service: each('service'), database: each('database') };
    };
    await fill('alone');
    findings.push(...(await timeLists(service.url, `${tenants} tenants with drafts`, cpu)));
    for (const period of ['2025-10', '2025-11']) {
      const closed = await close('alone', period);
      findings.push(...findingsOf(`a run over ${tenants} tenants, ${period}`, closed));
    }
    findings.push(...(await timeLists(service.url, `${2 * tenants} final invoices`, cpu)));
    await fill('beside');
    const undisturbed = startWriters(service.url, 'u');
    await new Promise((resolve) => setTimeout(resolve, ALONE_MS));
    const before = await undisturbed.stop();
    await caughtUp(service.url);
    const disturbed = startWriters(service.url, 'd');
    const { perSecond } = await close('beside', '2025-10');
    const after = await disturbed.stop();
    findings.push(
      atLeast(
        'live ingest beside a run / alone',
        `${after} events/s of ${before}, ${perSecond} invoices/s meanwhile`,
        after / before,
        0.6,
      ),
    );
  });
  return findings;
}

/** How a run went; CPU in ms of one invoice. */
interface Closed {
  perSecond: number;
  service: number;
  database: number;
}

function findingsOf(what: string, { perSecond, service, database }: Closed): Finding[] {
  const cpu = `${service.toFixed(2)} ms in the service, ${database.toFixed(2)} ms in the database`;
  const possible = Math.round(2_000 / (service + database));
  return [
    atLeast(`${what} / ${TARGET} invoices/s`, `${perSecond} invoices/s`, perSecond / TARGET, 1),
    atLeast(
      `${what}: two cores by CPU of one invoice / ${TARGET} invoices/s`,
      `${possible} invoices/s; ${cpu}`,
      possible / TARGET,
      1,
    ),
  ];
}

/** `cpu` tells the CPU (ms) that service and database used so far. */
export async function timeLists(
  url: string,
  over: string,
  cpu: () => Promise<{ service: number; database: number }>,
): Promise<Finding[]> {
  const client = await openClient(url, KEY);
  const findings: Finding[] = [];
  for (const list of LISTS) {
    const times: number[] = [];
    const before = await cpu();
    for (let i = 0; i < REQUESTS; i++) {
      const startedAt = performance.now();
      const { status, body } = await client.request('GET', list);
      times.push(performance.now() - startedAt);
      if (status !== 200) throw new Error(`${status}: ${body.slice(0, 400)}`);
    }
    const after = await cpu();
    const each = (of: keyof typeof after) => ((after[of] - before[of]) / REQUESTS).toFixed(1);
    const p99 = percentile(times, 0.99);
    const measured = `p50 ${median(times).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms; CPU ${each('service')} ms in the service, ${each('database')} ms in the database`;
    findings.push(
      atMost(`${list} over ${over}, p99 / ${LIST_TARGET_MS} ms`, measured, p99 / LIST_TARGET_MS, 1),
    );
  }
  client.close();
  return findings;
}

async function timeRun(
  url: string,
  { prefix, tenants, period }: { prefix: string; tenants: number; period: string },
): Promise<number> {
  const client = await openClient(url, KEY);
  const names = Array.from({ length: tenants }, (_, i) => `${prefix}-${String(i + 1).padStart(5, '0')}`);
  const startedAt = performance.now();
  const body = Buffer.from(JSON.stringify({ period, tenants: names }));
  const started = await client.request('POST', '/v1/invoice-runs', body);
  if (started.status !== 202) throw new Error(`${started.status}: ${started.body}`);
  const { id } = JSON.parse(started.body) as { id: number };
  for (;;) {
    const { body: report } = await client.request('GET', `/v1/invoice-runs/${id}?limit=1`);
    const { state, progress } = JSON.parse(report) as { state: string; progress: { final: number } };
    if (state === 'finished') {
      if (progress.final !== tenants) throw new Error(`of ${tenants} invoices became final: ${report}`);
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  client.close();
  return performance.now() - startedAt;
}

/** Clients that post as fast as they are answered; `stop` resolves with the events per second that were accepted. */
function startWriters(url: string, prefix: string): { stop(): Promise<number> } {
  const startedAt = performance.now();
  let stopped = false;
  let accepted = 0;
  const write = async (writer: number) => {
    const client = await openClient(url, KEY);
    for (let round = 0; !stopped; round++) {
      const options = {
        ...TRAFFIC,
        events: PER_REQUEST,
        seed: 7 + writer,
        prefix: `${prefix}${writer}-${round}-`,
      };
      const body = bodyOf([...benchEvents(options)]);
      const { status, body: answer } = await client.request('POST', '/v1/events', body);
      if (status === 202) accepted += PER_REQUEST;
      else if (status !== 503) throw new Error(`${status}: ${answer.slice(0, 400)}`);
    }
    client.close();
  };
  const writers = Promise.all(Array.from({ length: WRITERS }, (_, i) => write(i)));
  return {
    async stop() {
      stopped = true;
      await writers;
      return rate(accepted, performance.now() - startedAt);
    },
  };
}

/** What is posted before must be counted: a run waits for it. */
async function caughtUp(url: string): Promise<void> {
  const client = await openClient(url, KEY);
  for (;;) {
    const { body } = await client.request('GET', '/v1/ops/projection');
    const { partitions } = JSON.parse(body) as { partitions: { lag: number }[] };
    if (partitions.every(({ lag }) => lag === 0)) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  client.close();
}

export async function putPlan(url: string): Promise<void> {
  const overage = [
    { upTo: 20, unitPrice: '0.30' },
    { upTo: null, unitPrice: '0.25' },
  ];
  const flat = [{ upTo: null, unitPrice: '0.45' }];
  const body = JSON.stringify({
    currency: 'BRL',
    monthlyFee: '199.00',
    receptive: { allowance: 50, overage },
    active: { default: flat, marketing: flat },
  });
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const answer = await fetch(`${url}/v1/plans/pro/versions/2025-01`, { method: 'PUT', headers, body });
  if (!answer.ok) throw new Error(await answer.text());
}
