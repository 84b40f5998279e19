import { setTimeout } from 'node:timers/promises';
import type { Event } from '../src/domain/event.ts';
import { freezeProcess, thawProcess } from '../test/support/servers/freeze.ts';
import { checkWindows } from './lib/fold-check.ts';
import { atMost, type Finding } from './lib/stats.ts';
import { inWorld } from './lib/world.ts';
import { counted, fill } from './projection.ts';

const START = Date.UTC(2026, 5, 1);
const HOUR = 3_600_000;
const TARGET_MS = 1_000;

/** One late event for each of as many conversations, each of which moves a window: from its append until all are counted. */
export async function benchLate(conversations: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  await inWorld(async (world) => {
    const { url, database } = await world.database();
    const log = await world.postgresLog(url);
    const before = everybody(conversations, (i) => [received(i, 0), received(i, 30), received(i, 60)]);
    await fill(log, database, before);
    const service = await world.service({ DATABASE_URL: url, ROLES: 'projector' });
    while ((await counted(database)) < before.length) await setTimeout(50);
    const late = everybody(conversations, (i) => [received(i, -1)]);
    await freezeProcess(service.pid);
    await fill(log, database, late);
    const startedAt = performance.now();
    thawProcess(service.pid);
    while ((await counted(database)) < before.length + late.length) await setTimeout(5);
    const took = performance.now() - startedAt;
    await service.kill('SIGTERM');
    const windows = await checkWindows(database, [...before, ...late]);
    findings.push(
      atMost(
        `${conversations} late events of as many conversations / ${TARGET_MS} ms`,
        `${took.toFixed(0)} ms, ${windows} windows equal the fold`,
        took / TARGET_MS,
        1,
      ),
    );
  });
  return findings;
}

function everybody(count: number, eventsOf: (i: number) => Event[]): Event[] {
  return Array.from({ length: count }, (_, i) => eventsOf(i)).flat();
}

function received(i: number, hour: number): Event {
  return {
    id: `late-${i}-${hour}`,
    type: 'message.received',
    tenant: `tenant-${i % 20}`,
    channel: 'whatsapp',
    account: '551140000000',
    contact: `55119${10_000_000 + i}`,
    occurredAt: START + hour * HOUR,
  };
}
