/** What a process holds: descriptors by what they are for, and memory. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';

const KINDS = ['postgres', 'kafka', 'clients', 'other'] as const;

export type Descriptors = Record<(typeof KINDS)[number], number>;

/** Where the servers listen: connections to a port are for them. */
export interface ServerPorts {
  postgres: readonly number[];
  kafka: readonly number[];
}

/** Of a running process, on Linux. */
export function descriptorsOf(
  { pid, url }: Pick<TestProcess, 'pid' | 'url'>,
  ports: ServerPorts,
): Descriptors {
  const connections = connectionsOf(pid);
  const held: Descriptors = { postgres: 0, kafka: 0, clients: 0, other: 0 };
  for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
    const inode = /^socket:\[(\d+)\]$/.exec(targetOf(`/proc/${pid}/fd/${descriptor}`))?.[1] ?? '';
    const { local, remote } = connections.get(inode) ?? { local: 0, remote: 0 };
    if (ports.postgres.includes(remote)) held.postgres++;
    else if (ports.kafka.includes(remote)) held.kafka++;
    else if (local === Number(new URL(url).port) && remote !== 0) held.clients++;
    else held.other++;
  }
  return held;
}

/** Empty for one that was closed meanwhile. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}

/** Ports of both ends, by inode. */
function connectionsOf(pid: number): Map<string, { local: number; remote: number }> {
  const lines = ['tcp', 'tcp6'].flatMap((file) =>
    readFileSync(`/proc/${pid}/net/${file}`, 'utf8').split('\n').slice(1),
  );
  return new Map(
    lines.flatMap((line) => {
      const [, local, remote, , , , , , , inode] = line.trim().split(/\s+/);
      return inode === undefined ? [] : [[inode, { local: portOf(local), remote: portOf(remote) }]];
    }),
  );
}

function portOf(address = ''): number {
  return Number.parseInt(address.split(':')[1] ?? '0', 16);
}

/** MB of a process that has `INSPECTABLE` settings. `live`: what a collection of everything leaves in the heap and beside it. */
export type Memory = Record<'resident' | 'live', number>;

/** For `NODE_OPTIONS`: an inspector has a port of its own. */
export const INSPECTABLE = '--inspect-port=127.0.0.1:0';

const MB = 2 ** 20;

export async function memoryOf({ pid, stderr }: Pick<TestProcess, 'pid' | 'stderr'>): Promise<Memory> {
  process.kill(pid, 'SIGUSR1');
  const address = () => /ws:\/\/127\.0\.0\.1:\d+\/\S+/.exec(stderr())?.[0];
  await until(() => address() !== undefined, { what: 'the inspector to listen' });
  const socket = new WebSocket(address() ?? '');
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`no inspector of process ${pid}`));
  });
  try {
    await ask(socket, 'HeapProfiler.collectGarbage');
    const { usedSize, backingStorageSize } = await ask(socket, 'Runtime.getHeapUsage');
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return {
      resident: Math.round((pages * 4_096) / MB),
      live: Math.round(((usedSize ?? 0) + (backingStorageSize ?? 0)) / MB),
    };
  } finally {
    socket.close();
  }
}

/** One question at a time. */
async function ask(socket: WebSocket, method: string): Promise<Record<string, number>> {
  const answer = new Promise<string>((resolve) => {
    socket.onmessage = ({ data }) => resolve(String(data));
  });
  socket.send(JSON.stringify({ id: 1, method }));
  return JSON.parse(await answer).result;
}
