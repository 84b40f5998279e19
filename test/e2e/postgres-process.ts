import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { pino } from 'pino';
import { connectEmbedded } from '../../src/store/embedded/embedded.ts';
import { childrenOf, type PidFile, readPidFile } from '../../src/store/embedded/processes.ts';
import { freezeProcess, thawProcess } from '../support/servers/freeze.ts';

/** Where the PostgreSQL of a DATA_DIR listens; a running service has started it. */
export async function embeddedUrl(dataDir: string): Promise<string> {
  return (await connectEmbedded({ dataDir, logger: pino({ level: 'silent' }) })).url;
}

/** Of the running PostgreSQL server of a DATA_DIR. */
export function pidFileOf(dataDir: string): PidFile {
  const found = readPidFile(join(dataDir, 'postgres'));
  if (found === null) throw new Error(`no server runs on ${dataDir}`);
  return found;
}

/** Process id of the PostgreSQL server of a DATA_DIR. */
export function postmasterOf(dataDir: string): number {
  return pidFileOf(dataDir).pid;
}

/** Whether the server of a DATA_DIR takes connections, as it says itself. */
export function isReady(dataDir: string): boolean {
  return readPidFile(join(dataDir, 'postgres'))?.status === 'ready';
}

/**
 * Freezes the server, so that it starts no more backends, then these, which have process groups of their own. One that
 * ends meanwhile stays in the list of processes until the server thaws.
 */
export async function freezePostgres(postmaster: number): Promise<void> {
  await freezeProcess(postmaster);
  for (const pid of processesOf(postmaster)) await freezeProcess(pid);
}

export function thawPostgres(postmaster: number): void {
  for (const pid of [...processesOf(postmaster), postmaster]) thawProcess(pid);
}

/**
 * Asks for new files of the write-ahead log until there is no room for one, upon which the server panics. False: there
 * was room until the time was over. Connections that it refuses on the way say that it has crashed already.
 */
export async function panic(url: string, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  const client = new pg.Client({ connectionString: url });
  let lost = false;
  const lose = () => {
    lost = true;
  };
  client.on('error', lose).on('end', lose);
  await client.connect().catch(lose);
  const next = () => client.query('SELECT pg_switch_wal(), pg_logical_emit_message(false, $1, $1)', ['test']);
  while (!lost && performance.now() < deadline) await next().catch(() => undefined);
  await client.end().catch(() => undefined);
  return lost;
}

/** Kills the process of the server that writes its log, upon which it recovers as after a crash. */
export function crashPostgres(dataDir: string): void {
  const writer = childrenOf(postmasterOf(dataDir))?.find(({ title }) =>
    title.startsWith('postgres: walwriter'),
  );
  if (writer === undefined) throw new Error('the server does not run');
  process.kill(writer.pid, 'SIGKILL');
}

/** Clients that connect again and again, whatever the server says. Ends them. */
export function knocking(url: string, clients: number): () => Promise<void> {
  let over = false;
  async function knock(): Promise<void> {
    while (!over) {
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => undefined);
      await client.connect().catch(() => delay(1));
      await client.end().catch(() => undefined);
    }
  }
  const all = Array.from({ length: clients }, knock);
  return async () => {
    over = true;
    await Promise.all(all);
  };
}

function processesOf(postmaster: number): number[] {
  return (childrenOf(postmaster) ?? []).map(({ pid }) => pid);
}
