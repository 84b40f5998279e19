/** A service of two processes under a schedule of faults, and clients that do everything to it meanwhile. */

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { between, pick, type Random } from '../../src/simulation/random.ts';
import type { BrokerFaults } from '../support/servers/broker.ts';
import { freezeProcess, thawProcess } from '../support/servers/freeze.ts';
import { startProcess, type TestProcess } from '../support/servers/process.ts';
import { onServer } from '../support/servers/server-url.ts';
import { setClockBack } from '../support/servers/set-clock-back.ts';
import { type Answer, call } from './api.ts';
import type { OwnPostgres } from './own-postgres.ts';

/** Longer frozen than a session in a group lasts, and shorter. */
const LONGEST_FREEZE_MS = 12_000;

/** A process that is started again whenever it ends, as by an orchestrator. */
export interface Supervised {
  /** The running one, or the last that ran. */
  now(): TestProcess;
  /** Whether it runs and is ready or was; not while it starts again. */
  isUp(): boolean;
  /** How it ended when nobody had harmed it. */
  ends(): readonly string[];
  /** Says that the end that comes is meant. */
  excuse(): void;
  stop(): Promise<void>;
}

const endings = new Set<() => void>();

/** For `afterAll`: what a failed test left is started no more. */
export function stopSupervising(): void {
  for (const end of endings) end();
}

export async function supervise(settings: Readonly<Record<string, string>>): Promise<Supervised> {
  const ends: string[] = [];
  let excused = false;
  let over = false;
  let up = true;
  endings.add(() => {
    over = true;
  });
  let current = await startProcess(settings);
  const watching = (async () => {
    while (!over) {
      const { code, signal } = await current.exited;
      up = false;
      if (over) return;
      if (!excused) ends.push(`${code ?? signal}: ${current.stderr().split('\n').slice(-4).join(' | ')}`);
      excused = false;
      current = await startProcess(settings);
      up = true;
    }
  })();
  // Whoever stops it later sees the failure.
  watching.catch(() => undefined);
  return {
    now: () => current,
    isUp: () => up,
    ends: () => ends,
    excuse() {
      excused = true;
    },
    async stop() {
      over = true;
      await current.kill('SIGTERM');
      await watching;
    },
  };
}

export interface Victims {
  services: readonly [Supervised, ...Supervised[]];
  postgres: OwnPostgres;
  databaseUrl: string;
  broker: BrokerFaults;
}

/** By name, how often each fault came. */
export type Score = Map<string, number>;

/** Two schedules beside each other, so that what one breaks the other breaks again: of the processes, and of what they stand on. */
export async function torture(
  { services, postgres, databaseUrl, broker }: Victims,
  random: Random,
  until: number,
): Promise<Score> {
  const score: Score = new Map();
  const freezeMs = () => between(random, 200, LONGEST_FREEZE_MS);

  const ofProcesses: Record<string, (service: Supervised) => Promise<void>> = {
    async 'process killed'(service) {
      service.excuse();
      await service.now().kill('SIGKILL');
    },
    async 'process stopped'(service) {
      service.excuse();
      await service.now().kill('SIGTERM');
    },
    async 'process frozen'(service) {
      const { pid } = service.now();
      await freezeProcess(pid);
      await delay(freezeMs());
      thawProcess(pid);
    },
    async 'clock set back'(service) {
      setClockBack(service.now().pid);
    },
  };
  const ofServers: Record<string, () => Promise<void>> = {
    'database crashed': () => postgres.restart('immediate'),
    'database restarted': () => postgres.restart('fast'),
    async 'database frozen'() {
      await postgres.freeze();
      await delay(freezeMs());
      postgres.thaw();
    },
    'connections cut': () =>
      onServer(
        databaseUrl,
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      ),
    async 'broker killed'() {
      await broker.kill();
      await delay(between(random, 0, 3_000));
      await broker.restart();
    },
    async 'broker frozen'() {
      await broker.pause();
      await delay(freezeMs());
      broker.resume();
    },
  };

  /** `victim`: null while there is none to be harmed. */
  async function schedule<Victim>(
    faults: Record<string, (victim: Victim) => Promise<void>>,
    victim: () => Victim | null,
  ): Promise<void> {
    const names = Object.keys(faults) as [string, ...string[]];
    while (performance.now() < until) {
      const [name, harmed] = [pick(random, names), victim()];
      if (harmed !== null) {
        await faults[name]?.(harmed);
        score.set(name, (score.get(name) ?? 0) + 1);
      }
      await delay(between(random, 100, 4_000));
    }
  }

  await Promise.all([
    schedule(ofProcesses, () => {
      const service = pick(random, services);
      return service.isUp() ? service : null;
    }),
    schedule(ofServers, () => undefined),
  ]);
  return score;
}

/** Answers that say that it cannot be now, or no more, or not by this client. */
const GOOD = new Set([200, 201, 202, 204, 404, 409, 422, 429, 503]);

export interface Clients {
  /** Answers that no fault explains. */
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

/** Money, rebuilds and erasures, all the time; call it while nothing is broken yet. */
export async function startClients(
  services: readonly [Supervised, ...Supervised[]],
  random: Random,
): Promise<Clients> {
  const wrong: string[] = [];
  const done = new Map<string, number>();
  let stopped = false;
  let events = 0;

  /** Null: no whole answer came. */
  async function ask(method: string, path: string, body?: unknown): Promise<Answer | null> {
    const answer = await call(pick(random, services).now(), method, path, { body }).catch((error: Error) => {
      if (error.message.startsWith('not as described')) wrong.push(`${method} ${path}: ${error.message}`);
      return null;
    });
    if (answer === null) return null;
    if (!GOOD.has(answer.status)) wrong.push(`${method} ${path}: ${answer.status} ${answer.text}`);
    const name = `${method} ${path.replaceAll(/billed-\d|\d{4}-\d\d|\d{3,}|\/\d+/g, '*')}`;
    if (answer.status < 300) done.set(name, (done.get(name) ?? 0) + 1);
    return answer;
  }

  async function invoice(): Promise<void> {
    const [tenant, month] = [pick(random, TENANTS), pick(random, MONTHS)];
    const contact = `55119${10_000_000 + events}`;
    const event = { tenant, channel: 'whatsapp', account: '551140000001', contact, id: `late-${events++}` };
    await ask('POST', '/v1/events', {
      ...event,
      type: 'message.received',
      occurredAt: `${month}-10T12:00:00Z`,
    });
    const final = await ask('POST', `/v1/tenants/${tenant}/invoices/${month}/finalize`);
    const { number } = final?.json ?? {};
    if (number !== undefined && random() < 0.3)
      await ask('POST', `/v1/invoices/${number}/void`, { reason: 'tortured' });
  }

  async function rebuild(): Promise<void> {
    const started = await ask('POST', '/v1/ops/rebuilds', {});
    const id = started?.json?.id as number | undefined;
    for (let look = 0; id !== undefined && look < 100 && !stopped; look++) {
      const state = (await ask('GET', `/v1/ops/rebuilds/${id}`))?.json?.state;
      if (state === 'caught-up') {
        await ask('POST', `/v1/ops/rebuilds/${id}/promote`, {});
        return;
      }
      if (state === 'failed' || state === 'promoted') return;
      await delay(200);
    }
    await delay(500);
  }

  async function erase(): Promise<void> {
    const contact = `55118${10_000_000 + events}`;
    const event = {
      tenant: 'private',
      channel: 'whatsapp',
      account: '551140000001',
      contact,
      id: `p-${events++}`,
    };
    await ask('POST', '/v1/events', {
      ...event,
      type: 'message.received',
      occurredAt: '2025-05-10T12:00:00Z',
    });
    await ask('POST', '/v1/tenants/private/erasures', { channel: 'whatsapp', contact, reason: 'tortured' });
    await delay(300);
  }

  await ask('PUT', '/v1/plans/torture/versions/2025-01', PLAN);
  for (const tenant of TENANTS)
    await ask('PUT', `/v1/tenants/${tenant}/subscriptions/2025-01`, { plan: 'torture' });
  const running = [invoice, invoice, rebuild, erase].map(async (round) => {
    while (!stopped) {
      await round();
      await delay(50);
    }
  });
  return {
    wrong: () => wrong,
    done: () => done,
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}

/** What a process holds: open descriptors, and memory in MB. */
export function holdingsOf(pid: number): { descriptors: number; megabytes: number } {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return { descriptors: readdirSync(`/proc/${pid}/fd`).length, megabytes: (pages * 4_096) / 2 ** 20 };
}
