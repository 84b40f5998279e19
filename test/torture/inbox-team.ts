/** Another team, which writes its events to the inbox while everything breaks. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../src/simulation/random.ts';
import { listAll } from '../e2e/api.ts';
import { type InboxHands, inboxHands } from '../support/inbox-hands.ts';
import type { TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { received } from './clients.ts';

export interface InboxTeam {
  /** How many records Kafka has said it kept, and of how many it said nothing. */
  sent(): { kept: number; unknown: number };
  stop(): Promise<void>;
  /** Once all is taken: what was kept and not counted, counted twice, counted and never sent, or refused. */
  faults(service: TestProcess): Promise<string[]>;
  close(): Promise<void>;
}

const TENANT = 'inbox';
const MOST_AT_ONCE = 10;

/** Sends until it is stopped; call it while nothing is broken yet. `group`: whose offsets say what was taken. */
export async function startInboxTeam(
  brokers: string[],
  { topic, group, random }: { topic: string; group: string; random: Random },
): Promise<InboxTeam> {
  const hands = await inboxHands(brokers);
  await hands.create(topic);
  const kept = new Set<string>();
  const unknown = new Set<string>();
  let stopped = false;

  async function send(): Promise<void> {
    let next = 0;
    while (!stopped) {
      const events = Array.from({ length: 1 + Math.floor(MOST_AT_ONCE * random()) }, () =>
        received(TENANT, next++, '2025-08-10T12:00:00Z'),
      );
      const messages = events.map((event) => ({ key: event.contact, value: JSON.stringify(event) }));
      const outcome = await hands.send(topic, messages).then(
        () => kept,
        () => unknown,
      );
      for (const { contact } of events) outcome.add(contact);
      await delay(1_000 * random());
    }
  }

  const sending = send();
  return {
    sent: () => ({ kept: kept.size, unknown: unknown.size }),
    async stop() {
      stopped = true;
      await sending;
    },
    async faults(service) {
      await hands.untilTaken(topic, group);
      let counted = new Map<string, unknown[]>();
      const missing = () => [...kept].filter((contact) => !counted.has(contact));
      const isCounted = async () => {
        counted = await windowsByContact(service);
        return missing().length === 0;
      };
      await until(isCounted, { what: 'all that was taken to be counted' }).catch(() => undefined);
      return [
        ...missing().map((contact) => `not counted: ${contact}`),
        ...[...counted].flatMap(([contact, { length }]) => {
          if (!kept.has(contact) && !unknown.has(contact)) return [`never sent: ${contact}`];
          return length === 1 ? [] : [`counted ${length} times: ${contact}`];
        }),
        ...(await refused(hands, `${topic}.rejected`)),
      ];
    },
    close: () => hands.close(),
  };
}

async function windowsByContact(service: TestProcess): Promise<Map<string, unknown[]>> {
  const windows = await listAll<{ contact: string }>(service, `/v1/tenants/${TENANT}/windows`);
  return Map.groupBy(windows, ({ contact }) => contact);
}

async function refused(hands: InboxHands, topic: string): Promise<string[]> {
  if (!(await hands.exists(topic))) return [];
  return (await hands.read(topic)).map(({ value }) => `refused: ${value}`);
}
