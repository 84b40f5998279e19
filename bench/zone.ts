import { setTimeout } from 'node:timers/promises';
import type { Event } from '../src/domain/event.ts';
import type { Database } from '../src/store/database.ts';
import { LOCKS } from '../src/store/locks.ts';
import { KEY } from './ingest.ts';
import { openClient } from './lib/http-client.ts';
import { atMost, type Finding } from './lib/stats.ts';
import { inWorld } from './lib/world.ts';
import { counted, fill } from './projection.ts';

const START = Date.UTC(2026, 5, 1);
const DAYS = 90;
const ZONES = ['Asia/Kathmandu', 'Europe/Lisbon', 'America/Sao_Paulo'];
const TARGET_MS = 250;

/** How long a batch waits at most while the zone of a tenant with so many windows changes. */
export async function benchZone(windows: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  await inWorld(async (world) => {
    const { url, database } = await world.database();
    const log = await world.postgresLog(url);
    const events = Array.from({ length: windows }, (_, i) => message(i));
    await fill(log, database, events);
    const service = await world.service({ DATABASE_URL: url, ADMIN_API_KEY: KEY });
    while ((await counted(database)) < events.length) await setTimeout(100);
    const client = await openClient(service.url, KEY);
    const waits: number[] = [];
    const answers: number[] = [];
    for (const timeZone of ZONES) {
      const ended = new AbortController();
      const waiting = longestWait(database, ended.signal);
      const startedAt = performance.now();
      const { status, body } = await client.request(
        'PUT',
        '/v1/tenants/mover',
        Buffer.from(JSON.stringify({ timeZone })),
      );
      if (status > 201) throw new Error(`${status}: ${body}`);
      answers.push(performance.now() - startedAt);
      ended.abort();
      waits.push(await waiting);
    }
    client.close();
    const shown = (times: readonly number[]) => times.map((time) => time.toFixed(0)).join(', ');
    findings.push(
      atMost(
        `longest wait of a batch beside a change of zone of ${windows} windows / ${TARGET_MS} ms`,
        `${shown(waits)} ms; answered after ${shown(answers)} ms`,
        Math.max(...waits) / TARGET_MS,
        1,
      ),
    );
  });
  return findings;
}

/** Takes the lock that every batch takes, over and over. Ms. */
async function longestWait(database: Database, signal: AbortSignal): Promise<number> {
  let longest = 0;
  while (!signal.aborted) {
    const askedAt = performance.now();
    await database.pool.query(`SELECT pg_advisory_xact_lock_shared(${LOCKS.settings})`);
    longest = Math.max(longest, performance.now() - askedAt);
    await setTimeout(1);
  }
  return longest;
}

/** Each opens a window: 300 contacts, spread over some months. */
function message(i: number): Event {
  const contact = i % 300;
  return {
    id: `m${i}`,
    type: 'message.received',
    tenant: 'mover',
    channel: 'whatsapp',
    account: `55114000000${contact % 3}`,
    contact: `55119${80_000_000 + contact}`,
    occurredAt: START + Math.floor(i / 300) * 86_400_000 * (DAYS / 89) + contact * 280_000,
  };
}
