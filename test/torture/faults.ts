/** Does to processes and servers what a case says. */

import { setTimeout as delay } from 'node:timers/promises';
import { pause } from '../../src/async.ts';
import type { OwnPostgres } from '../e2e/own-postgres.ts';
import type { TestReplica } from '../e2e/replica.ts';
import type { BrokerFaults } from '../support/servers/broker.ts';
import { freezeProcess, thawProcess } from '../support/servers/freeze.ts';
import { setClockAhead, setClockBack } from '../support/servers/move-clock.ts';
import { onServer } from '../support/servers/server-url.ts';
import { fillDisk, freeDisk } from '../support/servers/small-disk.ts';
import type { OfProcess, OfServer, ProcessFault, ServerFault, TortureCase } from './schedule.ts';
import type { Supervised } from './supervised.ts';

export interface Victims {
  services: readonly [Supervised, Supervised];
  postgres: OwnPostgres;
  databaseUrl: string;
  broker: BrokerFaults;
  /** null: there is none. */
  replica: TestReplica | null;
}

export interface Suffered {
  /** By name, how often each fault came. */
  score: Map<string, number>;
  /** What of the case came before its time was up. */
  ofProcesses: OfProcess[];
  ofServers: OfServer[];
}

export function untouched(): Suffered {
  return { score: new Map(), ofProcesses: [], ofServers: [] };
}

/** Ends with its time; earlier where a fault could not be done or mended, once what is under way is over. */
export async function torture(victims: Victims, torture: TortureCase, suffered: Suffered): Promise<void> {
  const until = performance.now() + torture.minutes * 60_000;
  const broken = new AbortController();
  const processes = faultsOfProcesses();
  const servers = faultsOfServers(victims);

  async function schedule<Fault extends OfProcess | OfServer>(
    faults: readonly Fault[],
    { suffer, log }: { suffer(fault: Fault): Promise<string | null>; log: Fault[] },
  ): Promise<void> {
    for (const fault of faults) {
      await pause(Math.max(0, Math.min(fault.afterMs, until - performance.now())), broken.signal);
      if (broken.signal.aborted || performance.now() >= until) return;
      log.push(fault);
      const name = await suffer(fault);
      if (name !== null) suffered.score.set(name, (suffered.score.get(name) ?? 0) + 1);
    }
  }

  async function sufferProcess({ fault, process, forMs }: OfProcess): Promise<string | null> {
    const service = victims.services[process];
    if (!service.isUp()) return null;
    try {
      await processes[fault](service, forMs);
    } catch (error) {
      // It has ended by itself meanwhile, of which the supervisor tells.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    return fault;
  }

  const schedules = [
    schedule(torture.ofProcesses, { log: suffered.ofProcesses, suffer: sufferProcess }),
    schedule(torture.ofServers, {
      log: suffered.ofServers,
      suffer: async ({ fault, forMs }) => (await servers[fault](forMs)) ?? fault,
    }),
  ];
  for (const one of schedules) one.catch(() => broken.abort());
  await Promise.allSettled(schedules);
  await Promise.all(schedules);
}

function faultsOfProcesses(): Record<ProcessFault, (service: Supervised, forMs: number) => Promise<void>> {
  return {
    async 'process killed'(service) {
      service.excuse();
      await service.now().kill('SIGKILL');
    },
    async 'process stopped'(service) {
      service.excuse();
      await service.now().kill('SIGTERM');
    },
    async 'process frozen'(service, forMs) {
      const { pid } = service.now();
      await freezeProcess(pid);
      await delay(forMs);
      thawProcess(pid);
    },
    async 'clock set back'(service) {
      setClockBack(service.now().pid);
    },
    async 'clock set ahead'(service) {
      setClockAhead(service.now().pid);
    },
  };
}

/** Each says a name of its own where what came is not quite what was meant. */
function faultsOfServers({
  postgres,
  databaseUrl,
  broker,
  replica,
}: Victims): Record<ServerFault, (forMs: number) => Promise<string | undefined>> {
  return {
    'database crashed': nameless(() => postgres.restart('immediate')),
    'database restarted': nameless(() => postgres.restart('fast')),
    'database frozen': nameless(async (forMs) => {
      await postgres.freeze();
      await delay(forMs);
      postgres.thaw();
    }),
    'connections cut': nameless(() =>
      onServer(
        databaseUrl,
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      ),
    ),
    'broker killed': nameless(async (forMs) => {
      await broker.kill();
      await delay(forMs / 4);
      await broker.restart();
    }),
    'broker frozen': nameless(async (forMs) => {
      await broker.pause();
      await delay(forMs);
      broker.resume();
    }),
    'replica frozen': nameless(async (forMs) => {
      await replica?.freeze();
      await delay(forMs);
      replica?.thaw();
    }),
    'replica restarted': nameless(async (forMs) => {
      await replica?.stop();
      await delay(forMs);
      await replica?.start();
    }),
    'database disk full': nameless((forMs) => fullDisk(postgres, forMs)),
    async 'database disk full, and it panics'(forMs) {
      fillDisk(postgres.dataDir);
      const panicked = await postgres.panic(forMs);
      await delay(forMs);
      freeDisk(postgres.dataDir);
      await postgres.isBack();
      return panicked ? undefined : 'database disk full';
    },
    // A broker whose only log dir fails ends, and stays down until somebody has made room and starts it.
    async 'broker disk full'(forMs) {
      fillDisk(broker.folder);
      await delay(forMs);
      const ended = !broker.isUp();
      freeDisk(broker.folder);
      await broker.kill();
      await broker.restart();
      return ended ? 'broker disk full, and it ended' : undefined;
    },
  };
}

function nameless(fault: (forMs: number) => Promise<void>): (forMs: number) => Promise<undefined> {
  return async (forMs) => {
    await fault(forMs);
    return undefined;
  };
}

/** The server may crash by itself meanwhile. */
async function fullDisk(postgres: OwnPostgres, forMs: number): Promise<void> {
  fillDisk(postgres.dataDir);
  await delay(forMs);
  freeDisk(postgres.dataDir);
  await postgres.isBack();
}
