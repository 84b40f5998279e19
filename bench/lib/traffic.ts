import type { Event } from '../../src/domain/event.ts';
import { type Random, seededRandom } from '../../src/simulation/random.ts';

export interface BenchTraffic {
  events: number;
  conversations: number;
  tenants: number;
  /** Share of events that arrive hours after later ones. */
  late: number;
  seed: number;
  /** First instant (ms). */
  start: number;
  /** Tells ids of one run from those of another. */
  prefix: string;
  /** Mean time (ms) between two events of the whole installation. */
  step: number;
}

/**
 * Conversations in sessions of 4 to 16 messages over a few hours, in order of time, a share of them late: about 45 %
 * received, 30 % free text, 10 % templates, 15 % receipts; a session opens one window, seldom two.
 */
export function* benchEvents(options: BenchTraffic): Generator<Event> {
  const { events, conversations, tenants, late, seed, start, prefix, step } = options;
  const draw = seededRandom(seed);
  const open: { conversation: number; left: number; sent: string | null }[] = [];
  for (let i = 0; i < events; i++) {
    const slot = Math.floor(draw() * Math.max(64, events / 400));
    let session = open[slot];
    if (session === undefined || session.left === 0) {
      session = {
        conversation: Math.floor(draw() * conversations),
        left: 4 + Math.floor(draw() * 13),
        sent: null,
      };
      open[slot] = session;
    }
    session.left--;
    yield benchEvent(
      session,
      `wamid.${prefix}${i}`,
      start + i * step - (draw() < late ? draw() * 48 * 3_600_000 : 0),
      tenants,
      draw,
    );
  }
}

function benchEvent(
  session: { conversation: number; sent: string | null },
  id: string,
  at: number,
  tenants: number,
  draw: Random,
): Event {
  const { conversation, sent } = session;
  const party = {
    id,
    tenant: `tenant-${conversation % tenants}`,
    channel: 'whatsapp',
    account: `55114000${String(conversation % (tenants * 2)).padStart(4, '0')}`,
    contact: `55119${String(10_000_000 + conversation)}`,
    occurredAt: Math.floor(at),
  };
  const kind = draw();
  if (kind < 0.15 && sent !== null) {
    session.sent = null;
    return { ...party, type: kind < 0.005 ? 'message.failed' : 'message.delivered', message: sent };
  }
  if (kind < 0.6) return { ...party, type: 'message.received' };
  session.sent = id;
  const template = { name: 'order_update', category: kind < 0.65 ? 'utility' : 'marketing' };
  return { ...party, type: 'message.sent', ...(kind < 0.7 ? { template } : {}), origin: 'api', message: id };
}
