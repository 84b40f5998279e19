import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Database } from '../src/store/database.ts';
import { fillManyTenants, OCTOBER } from '../test/support/many-tenants.ts';
import { freezeProcess, thawProcess } from '../test/support/servers/freeze.ts';
import type { TestProcess } from '../test/support/servers/process.ts';
import { fillHistory } from './history.ts';
import { KEY } from './ingest.ts';
import { cpuTimes } from './lib/cpu.ts';
import { atLeast, type Finding } from './lib/stats.ts';
import { type BenchTraffic, benchEvents } from './lib/traffic.ts';
import { inWorld, PARTITIONS } from './lib/world.ts';
import { counted, fill, TRAFFIC, walEnd } from './projection.ts';
import { putPlan, timeLists } from './run.ts';

interface Installation {
  processes: number;
  partitions: number;
  traffic: Partial<BenchTraffic>;
  prepare?(database: Database): Promise<void>;
}

interface Measured {
  /** CPU of an event, us: of all processes, and of PostgreSQL. */
  service: number;
  server: number;
  /** These, and what the rest costs: starts, processes without events, memory, WAL, tables. */
  text: string;
}

const USUAL: Installation = { processes: 1, partitions: PARTITIONS, traffic: {} };
const IDLE_MS = 5_000;
const TENANTS = 50_000;

/**
 * What growth costs: CPU of an event with more processes, partitions and tenants than usual, against the usual in the
 * same run, from a log in PostgreSQL. CPU and not time, for on two cores more processes are no faster.
 */
export async function benchScale(count: number): Promise<Finding[]> {
  const many = { tenants: TENANTS, conversations: 2 * TENANTS };
  return [
    ...(await against(count, {
      '2 processes': { processes: 2 },
      '4 processes': { processes: 4 },
      '48 partitions': { partitions: 48 },
      '192 partitions': { partitions: 192 },
      [`${TENANTS} tenants`]: { traffic: many },
    })),
    ...(await listsOfMany()),
  ];
}

/** The same with so many conversations stored, and events for as many others. */
export async function benchConversations(count: number, conversations: number): Promise<Finding[]> {
  const history = { events: conversations, perConversation: 1 };
  return await against(count, {
    [`${conversations} conversations stored`]: {
      traffic: { conversations },
      prepare: (database) => fillHistory(database, history),
    },
  });
}

async function against(
  count: number,
  cases: Readonly<Record<string, Partial<Installation>>>,
): Promise<Finding[]> {
  const usual = await measure(USUAL, count);
  const findings = [finding('as usual', usual, usual)];
  for (const [name, changed] of Object.entries(cases))
    findings.push(finding(name, await measure({ ...USUAL, ...changed }, count), usual));
  return findings;
}

function finding(name: string, measured: Measured, usual: Measured): Finding {
  const { service, server, text } = measured;
  return atLeast(`CPU of an event, ${name}`, text, (usual.service + usual.server) / (service + server), 0.8);
}

async function measure(
  { processes, partitions, traffic, prepare }: Installation,
  count: number,
): Promise<Measured> {
  const found: Measured[] = [];
  await inWorld(async (world) => {
    const { url, database } = await world.database();
    const log = await world.postgresLog(url, partitions);
    await prepare?.(database);
    const services: TestProcess[] = [];
    const startedAt = performance.now();
    for (let i = 0; i < processes; i++)
      services.push(
        await world.service({ DATABASE_URL: url, ROLES: 'projector', LOG_PARTITIONS: `${partitions}` }),
      );
    const startMs = (performance.now() - startedAt) / processes;
    const before = await cpuOf(services, database);
    await setTimeout(IDLE_MS);
    const idle = difference(await cpuOf(services, database), before, IDLE_MS);
    for (const { pid } of services) await freezeProcess(pid);
    await fill(log, database, [
      ...benchEvents({ ...TRAFFIC, events: count, seed: 7, prefix: 's', ...traffic }),
    ]);
    const filled = await cpuOf(services, database);
    const walBefore = await walEnd(database);
    for (const { pid } of services) thawProcess(pid);
    while ((await counted(database)) < count) await setTimeout(20);
    const { service, server } = difference(await cpuOf(services, database), filled, count / 1_000);
    const wal = Math.round(((await walEnd(database)) - walBefore) / count);
    const memory = memoryOf(services)
      .map((mb) => `${mb} MB`)
      .join(', ');
    const sizes = await sizesOf(database);
    found.push({
      service,
      server,
      text: `${service.toFixed(1)} us in the service, ${server.toFixed(1)} us in PostgreSQL; a start ${Math.round(startMs)} ms; without events ${(100 * idle.service).toFixed(1)} and ${(100 * idle.server).toFixed(1)} % of a core; memory ${memory}; ${wal} bytes of WAL an event; ${sizes}`,
    });
  });
  const [measured] = found;
  if (measured === undefined) throw new Error('nothing was measured');
  return measured;
}

async function cpuOf(services: readonly TestProcess[], database: Database) {
  const all = await Promise.all(services.map(({ pid }) => cpuTimes(pid, database)));
  return { service: all.reduce((sum, { service }) => sum + service, 0), server: all[0]?.database ?? 0 };
}

type Cpu = Awaited<ReturnType<typeof cpuOf>>;

function difference(after: Cpu, before: Cpu, by: number): Cpu {
  return { service: (after.service - before.service) / by, server: (after.server - before.server) / by };
}

/** Resident memory (MB) of each. */
function memoryOf(services: readonly TestProcess[]): number[] {
  return services.map(({ pid }) => {
    const kb = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kb) / 1_024);
  });
}

/** The largest tables of the projection and of keys, and their indexes. */
async function sizesOf({ pool }: Database): Promise<string> {
  const { rows } = await pool.query<{ name: string; heap: string; indexes: string }>(
    `SELECT relname AS name, pg_size_pretty(pg_table_size(oid)) AS heap, pg_size_pretty(pg_indexes_size(oid)) AS indexes
     FROM pg_class WHERE relkind = 'r' AND relnamespace IN ('projection'::regnamespace, 'sealing'::regnamespace)
     ORDER BY pg_total_relation_size(oid) DESC LIMIT 4`,
  );
  return rows.map(({ name, heap, indexes }) => `${name} ${heap} and ${indexes} of indexes`).join(', ');
}

/** Lists and usage of a month of very many tenants. */
async function listsOfMany(): Promise<Finding[]> {
  const findings: Finding[] = [];
  await inWorld(async (world) => {
    const { url, database } = await world.database();
    const service = await world.service({ DATABASE_URL: url, ADMIN_API_KEY: KEY, GRACE_HOURS: '0' });
    await putPlan(service.url);
    const many = { prefix: 'many', tenants: TENANTS, windows: 10, ...OCTOBER };
    await fillManyTenants(database, many, { plan: 'pro', from: '2025-10' });
    const cpu = () => cpuTimes(service.pid, database);
    findings.push(...(await timeLists(service.url, `${TENANTS} tenants with drafts`, cpu)));
  });
  return findings;
}
