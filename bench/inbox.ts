import { setTimeout as delay } from 'node:timers/promises';
import type { Event } from '../src/domain/event.ts';
import { type InboxHands, inboxHands } from '../test/support/inbox-hands.ts';
import { bodyOf, KEY, post } from './ingest.ts';
import { cpuTimes } from './lib/cpu.ts';
import { atLeast, type Finding, median, rate } from './lib/stats.ts';
import { benchEvents } from './lib/traffic.ts';
import { inWorld } from './lib/world.ts';
import { TRAFFIC } from './projection.ts';

const PER_REQUEST = 500;
const CONNECTIONS = 4;
const INBOX = 'bench.inbox';
const LOG = 'bench.events';
const GROUP = `${LOG}.inbox`;
/** Short and many, in turn: what others do on the machine meets both. */
const RUNS = 7;

/**
 * Records that come into the inbox all at once, until all are taken, against posts of 500 to the same service. CPU of the
 * service per event says what it costs, whatever else the machine does.
 */
export async function benchInbox(count: number): Promise<Finding[]> {
  const taken: Measured[] = [];
  const posted: Measured[] = [];
  await inWorld(async (world) => {
    const brokers = await world.brokers();
    const hands = await inboxHands(brokers);
    const { url, database } = await world.database();
    await hands.create(INBOX);
    const service = await world.service({
      ...{ DATABASE_URL: url, ADMIN_API_KEY: KEY, ROLES: 'api' },
      ...{ KAFKA_BROKERS: brokers.join(','), KAFKA_TOPIC: LOG, KAFKA_INBOX_TOPIC: INBOX },
    });
    const measure = async (events: readonly Event[], work: () => Promise<void>): Promise<Measured> => {
      const before = (await cpuTimes(service.pid, database)).service;
      const startedAt = performance.now();
      await work();
      const perSecond = rate(events.length, performance.now() - startedAt);
      const cpu = (await cpuTimes(service.pid, database)).service - before;
      return { perSecond, us: (cpu * 1_000) / events.length };
    };
    const inbox = async (events: readonly Event[]) => {
      const before = (await hands.progress(INBOX, GROUP)).taken;
      const show = await hands.sendHidden(INBOX, events.map(recordOf));
      return await measure(events, async () => {
        await show();
        await untilTaken(hands, before + events.length);
      });
    };
    const batches = (events: readonly Event[]) =>
      measure(events, () => post(service.url, bodiesOf(events), CONNECTIONS));
    await batches(someEvents(20_000, 'w'));
    await inbox(someEvents(20_000, 'x'));
    for (let run = 0; run < RUNS; run++) {
      posted.push(await batches(someEvents(count, `p${run}-`)));
      taken.push(await inbox(someEvents(count, `i${run}-`)));
    }
    await hands.close();
  });
  return [
    atLeast(
      'Kafka inbox',
      `${textOf(taken)}; posts of ${PER_REQUEST} over ${CONNECTIONS} connections ${textOf(posted)}`,
      median(taken.map(({ perSecond }, run) => perSecond / (posted[run]?.perSecond ?? Number.NaN))),
      0.7,
    ),
  ];
}

interface Measured {
  perSecond: number;
  /** CPU of the service, per event. */
  us: number;
}

function textOf(measured: readonly Measured[]): string {
  const us = median(measured.map((each) => each.us));
  return `${measured.map(({ perSecond }) => perSecond).join(', ')} events/s, ${us.toFixed(1)} us of CPU each`;
}

function someEvents(events: number, prefix: string): Event[] {
  return [...benchEvents({ ...TRAFFIC, events, seed: 7, prefix })];
}

function recordOf(event: Event) {
  return { key: event.contact, value: bodyOf([event]) };
}

function bodiesOf(events: readonly Event[]): Buffer[] {
  const bodies: Buffer[] = [];
  for (let i = 0; i < events.length; i += PER_REQUEST) bodies.push(bodyOf(events.slice(i, i + PER_REQUEST)));
  return bodies;
}

async function untilTaken(hands: InboxHands, least: number): Promise<void> {
  while ((await hands.progress(INBOX, GROUP)).taken < least) await delay(30);
}
