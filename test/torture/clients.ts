/** Clients that do everything to a tortured service but post its traffic, and what no fault excuses in its answers. */

import { setTimeout as delay } from 'node:timers/promises';
import { pick, type Random } from '../../src/simulation/random.ts';
import { type Answer, call } from '../e2e/api.ts';
import type { ClientKind } from './schedule.ts';
import type { Supervised } from './supervised.ts';

/** Answers that say that it cannot be now, or no more, or not by this client, or not yet. */
const GOOD = new Set([200, 201, 202, 204, 404, 409, 422, 429, 503, 504]);

export interface Clients {
  /** Answers that no fault explains, each once. */
  wrong(): readonly string[];
  /** How often each thing was done, and answered with success. */
  done(): ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

const PLAN = {
  currency: 'BRL',
  monthlyFee: '10.00',
  receptive: { allowance: 2, overage: [{ upTo: null, unitPrice: '0.30' }] },
  active: { default: [{ upTo: null, unitPrice: '0.45' }] },
};
const TENANTS = ['billed-1', 'billed-2', 'billed-3'] as const;
const MONTHS = ['2025-01', '2025-02', '2025-03', '2025-04'] as const;

/** How a client asks and notes; null: no whole answer came. */
interface Asking {
  ask(method: string, path: string, body?: unknown): Promise<Answer | null>;
  random: Random;
  /** No fault explains it. */
  isWrong(sentence: string): void;
  isStopped(): boolean;
}

const running = new Set<() => void>();

/** For `afterAll`: what a failed test left asking gives up, so that the run can end. */
export function stopClients(): void {
  for (const stop of running) stop();
}

/** They go on until they are stopped; call it while nothing is broken yet. */
export async function startClients(
  services: readonly [Supervised, ...Supervised[]],
  kinds: readonly ClientKind[],
  random: Random,
): Promise<Clients> {
  const wrong = new Set<string>();
  const done = new Map<string, number>();
  let stopped = false;
  running.add(() => {
    stopped = true;
  });
  const asking: Asking = {
    async ask(method, path, body) {
      const answer = await call(pick(random, services).now(), method, path, { body }).catch(
        (error: Error) => {
          if (error.message.startsWith('not as described')) wrong.add(`${method} ${path}: ${error.message}`);
          return null;
        },
      );
      if (answer === null) return null;
      if (!GOOD.has(answer.status)) wrong.add(`${method} ${path}: ${answer.status} ${answer.text}`);
      const name = `${method} ${path.replace(/\?.*/, '').replaceAll(/billed-\d|\d{4}-\d\d|\d{3,}|\/\d+/g, '*')}`;
      if (answer.status < 300) done.set(name, (done.get(name) ?? 0) + 1);
      return answer;
    },
    random,
    isWrong: (sentence) => wrong.add(sentence),
    isStopped: () => stopped,
  };
  await asking.ask('PUT', '/v1/plans/torture/versions/2025-01', PLAN);
  for (const tenant of TENANTS)
    await asking.ask('PUT', `/v1/tenants/${tenant}/subscriptions/2025-01`, { plan: 'torture' });
  const rounds = kinds.map(async (kind) => {
    const round = ROUNDS[kind](asking);
    while (!stopped) {
      await round();
      await delay(50);
    }
  });
  return {
    wrong: () => [...wrong],
    done: () => done,
    async stop() {
      stopped = true;
      await Promise.all(rounds);
    },
  };
}

/** What each does again and again. */
const ROUNDS: Record<ClientKind, (asking: Asking) => () => Promise<void>> = {
  finance: financier,
  runs: runner,
  rebuilds: rebuilder,
  erasures: eraser,
  readers: reader,
  zones: mover,
  future: prophet,
};

function financier({ ask, random }: Asking): () => Promise<void> {
  let events = 0;
  const invoice = async () => {
    const [tenant, month] = [pick(random, TENANTS), pick(random, MONTHS)];
    await ask('POST', '/v1/events', received(tenant, events++, `${month}-10T12:00:00Z`));
    const final = await ask('POST', `/v1/tenants/${tenant}/invoices/${month}/finalize`);
    const { number } = final?.json ?? {};
    if (number !== undefined && random() < 0.3)
      await ask('POST', `/v1/invoices/${number}/void`, { reason: 'tortured' });
  };
  return async () => {
    await Promise.all([invoice(), invoice()]);
  };
}

/** A month for everybody, beside those who make the same invoices one by one, and now and then broken off. */
function runner({ ask, random }: Asking): () => Promise<void> {
  return async () => {
    const period = pick(random, MONTHS);
    const run = await ask('POST', '/v1/invoice-runs', { period, tenants: null });
    if (run?.status === 202 && random() < 0.3) await ask('POST', `/v1/invoice-runs/${run.json.id}/cancel`);
    await delay(2_000 * random());
  };
}

/**
 * Looks after the rebuild that is under way, whoever started it before a crash, or starts one; promotes it once it has
 * caught up, and now and then goes back. What is rebuilt from the same log by the same rules must not differ.
 */
function rebuilder({ ask, random, isWrong }: Asking): () => Promise<void> {
  return async () => {
    const latest = (await ask('GET', '/v1/ops/rebuilds?limit=1'))?.json?.items?.[0];
    if (latest?.state === 'failed') isWrong(`rebuild ${latest.id} failed: ${latest.error}`);
    if (latest?.state === 'caught-up') {
      if (latest.differences.count > 0)
        isWrong(`rebuild ${latest.id} differs: ${JSON.stringify(latest.differences)}`);
      const promoted = await ask('POST', `/v1/ops/rebuilds/${latest.id}/promote`, {});
      if (promoted?.status === 200 && random() < 0.3)
        await ask('POST', `/v1/ops/rebuilds/${latest.id}/rollback`, {});
    } else if (latest?.state !== 'running') await ask('POST', '/v1/ops/rebuilds', {});
    await delay(300);
  };
}

function eraser({ ask }: Asking): () => Promise<void> {
  let events = 0;
  return async () => {
    const event = received('private', events++, '2025-05-10T12:00:00Z');
    await ask('POST', '/v1/events', event);
    await ask('POST', '/v1/tenants/private/erasures', {
      channel: event.channel,
      contact: event.contact,
      reason: 'tortured',
    });
    await delay(300);
  };
}

/** Whoever waits for a receipt sees what it covers, once; of what was acknowledged before, it says nothing. */
function reader({ ask, isWrong }: Asking): () => Promise<void> {
  let posted = 0;
  return async () => {
    const event = received('read', posted++, '2025-06-10T12:00:00Z');
    const answer = await ask('POST', '/v1/events', event);
    if (answer?.status !== 202) return;
    const after = `after=${encodeURIComponent(answer.json.receipt)}`;
    const windows = await ask('GET', `/v1/tenants/read/windows?${after}&contact=${event.contact}`);
    if (windows?.status === 200 && windows.json.items.length !== 1)
      isWrong(`${windows.json.items.length} windows for event ${event.id}, whose receipt was waited for`);
    await ask('GET', `/v1/tenants/read/usage?period=2025-06&${after}`);
  };
}

/**
 * Events of up to an hour ahead of the true time: who takes one has a clock that is ahead, and counts it like any other
 * one; who does not says that it lies in the future.
 */
function prophet({ ask, random, isWrong }: Asking): () => Promise<void> {
  let events = 0;
  return async () => {
    const at = new Date(Date.now() + 3_600_000 * random()).toISOString();
    const event = received('future', events++, at);
    const answer = await ask('POST', '/v1/events', event);
    const refusal = answer?.status === 422 ? answer.json.results[0].problem.type : null;
    if (refusal !== null && refusal !== '/problems/occurred-in-future')
      isWrong(`${at} was refused: ${refusal}`);
    if (answer?.status === 202) {
      const after = `after=${encodeURIComponent(answer.json.receipt)}`;
      const windows = await ask('GET', `/v1/tenants/future/windows?${after}&contact=${event.contact}`);
      if (windows?.status === 200 && windows.json.items[0]?.openedAt !== at)
        isWrong(`the window of the event of ${at} is ${JSON.stringify(windows.json.items)}`);
    }
    await delay(300);
  };
}

const ZONES = ['America/Sao_Paulo', 'America/Manaus', 'Asia/Tokyo'] as const;

/** A tenant who moves from zone to zone while it is counted: the days of a month always add up to it. */
function mover({ ask, random, isWrong }: Asking): () => Promise<void> {
  let events = 0;
  return async () => {
    await ask('PUT', '/v1/tenants/moving', { timeZone: pick(random, ZONES) });
    for (const time of ['00:30', '02:30', '14:30'])
      await ask('POST', '/v1/events', received('moving', events++, `2025-07-10T${time}:00Z`));
    const usage = await ask('GET', '/v1/tenants/moving/usage?period=2025-07&groupBy=day');
    if (usage?.status !== 200) return;
    const { receptive, groups } = usage.json as {
      receptive: { windows: number };
      groups: { receptive: number }[];
    };
    const ofDays = groups.reduce((sum, group) => sum + group.receptive, 0);
    if (ofDays !== receptive.windows)
      isWrong(`${ofDays} windows by day, and ${receptive.windows} of the month`);
    await delay(1_000 * random());
  };
}

/** A message of a contact of its own, and so a window. */
export function received(tenant: string, index: number, occurredAt: string) {
  const contact = `55119${10_000_000 + index}`;
  return {
    ...{ tenant, channel: 'whatsapp', account: '551140000001', contact, id: `${tenant}-${index}` },
    ...{ type: 'message.received', occurredAt },
  };
}
