import { randomBytes } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { LOCKS } from '../locks.ts';
import { keepSecret } from '../secret-file.ts';
import { accessTo, ensureDatabase, type Login, otherClients, urlOf } from './connection.ts';
import { EmbeddedRefused, findPrograms, type Programs } from './programs.ts';
import { type Cluster, findRunning, initialise, launch, shutDown } from './server.ts';
import { sharedBuffers } from './shared-buffers.ts';

/** The PostgreSQL that comes along, running. */
export interface Embedded {
  /** Of a role that owns nothing. */
  url: string;
  /** Of the superuser. */
  ownerUrl: string;
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Everything is kept below it: `postgres/`, and the passwords of its owner and of the service. */
  dataDir: string;
  logger: Logger;
  /** Server settings over the defaults. */
  settings?: Readonly<Record<string, string>>;
}

/**
 * Nothing that was acknowledged is lost to a crash (fsync and synchronous_commit stay on). The rest suits a log that
 * is only appended to: large and rare checkpoints (at most 8 GB of WAL to replay). Full pages in the WAL stay
 * uncompressed: the packaged server has no lz4, and pglz costs more CPU than it saves.
 */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  min_wal_size: '1GB',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
  max_parallel_workers_per_gather: '0',
  fsync: 'on',
  synchronous_commit: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
} as const;

/**
 * The service's own PostgreSQL. A server that a killed service left running is taken over. The server runs in a
 * process group of its own: a ^C on the terminal reaches the service alone, which then stops both in order. If the
 * server goes away meanwhile, it is started again on the same port. Rejects with `EmbeddedRefused`.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { logger } = options;
  const { programs, cluster, runtime } = await open(options);
  const login = await running(programs, cluster, { logger });
  const stopping = new AbortController();
  let owner = await own(login, cluster);
  const guarded = guard();
  await ensureDatabase(login, { ...runtime, renewed: true });
  return {
    ...accessTo(login, runtime.password),
    async stop() {
      if (stopping.signal.aborted) return;
      stopping.abort();
      await owner.end();
      // Also a server that is about to come back, which may take it minutes.
      await shutDown(programs, cluster.folder);
      await guarded;
      await owner.end();
      await shutDown(programs, cluster.folder);
    },
  };

  async function guard(): Promise<void> {
    while (!stopping.signal.aborted) {
      const lost = await new Promise<Error | undefined>((settle) => {
        owner.on('error', settle).once('end', () => settle(undefined));
      });
      if (stopping.signal.aborted) return;
      logger.error({ err: lost }, 'The embedded PostgreSQL closed its connection; starting it again');
      await again();
    }
  }

  async function again(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await running(programs, cluster, { logger, port: login.port, signal: stopping.signal });
        owner = await own(login, cluster);
        return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        logger.error({ err: error }, 'The embedded PostgreSQL is not back yet');
        await delay(1_000, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }
}

/**
 * For commands: connects to the server that a running service has, or starts it. `stop()` ends the server unless
 * somebody else is connected; close your own connections before.
 */
export async function connectEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { programs, cluster, runtime } = await open(options);
  const login = await running(programs, cluster, options);
  await ensureDatabase(login, runtime);
  return {
    ...accessTo(login, runtime.password),
    async stop() {
      if ((await findRunning(cluster, options)) === null || (await otherClients(login)) > 0) return;
      await shutDown(programs, cluster.folder);
    },
  };
}

interface Opened {
  programs: Programs;
  cluster: Cluster;
  /** Of the role that the service runs as. */
  runtime: { password: string; renewed: boolean };
}

async function open(options: EmbeddedOptions): Promise<Opened> {
  const dataDir = resolve(options.dataDir);
  makeDataDir(dataDir, options.logger);
  const newPassword = () => randomBytes(24).toString('base64url');
  const { secret: password } = keepSecret(join(dataDir, 'postgres.password'), newPassword);
  const runtime = keepSecret(join(dataDir, 'postgres-app.password'), newPassword);
  const folder = join(dataDir, 'postgres');
  const programs = await findPrograms(dataDir);
  return {
    programs,
    cluster: {
      folder,
      password,
      settings: { ...SETTINGS, shared_buffers: sharedBuffers(), ...options.settings },
    },
    runtime: { password: runtime.secret, renewed: runtime.created },
  };
}

/**
 * For nobody else; where root runs PostgreSQL as another user, that one has to pass through. A folder that is there
 * keeps its mode: it may be somebody's home.
 */
function makeDataDir(dataDir: string, logger: Logger): void {
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  mkdirSync(dataDir, { recursive: true, mode });
  if (process.platform !== 'win32' && (statSync(dataDir).mode & 0o777 & ~mode) !== 0)
    logger.warn(`${dataDir} may be read by others: chmod ${mode.toString(8)} it`);
}

interface RunningOptions {
  logger: Logger;
  /** Where a server that is started shall listen. Default: a free port. */
  port?: number;
  /** Ends the wait for one that is there. */
  signal?: AbortSignal;
}

async function running(
  programs: Programs,
  cluster: Cluster,
  { logger, port, signal }: RunningOptions,
): Promise<Login> {
  await initialise(programs, cluster);
  const found = await findRunning(cluster, { logger, signal });
  signal?.throwIfAborted();
  if (found !== null) {
    logger.info({ port: found.port }, 'Found the embedded PostgreSQL running');
    return found;
  }
  try {
    return await launch(programs, cluster, port);
  } catch (error) {
    const other = await findRunning(cluster, { logger, signal });
    if (other === null) throw error;
    return other;
  }
}

/** The connection whose lock says that a service works here; it goes with the process, however that ends. */
async function own(login: Login, cluster: Cluster): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: urlOf(login, 'postgres'),
    connectionTimeoutMillis: 5_000,
    application_name: 'janela owner',
    keepAlive: true,
  });
  client.on('error', () => undefined);
  await client.connect();
  const locked = await client.query<{ ours: boolean }>('SELECT pg_try_advisory_lock($1) AS ours', [
    LOCKS.embeddedOwner,
  ]);
  if (locked.rows[0]?.ours) return client;
  await client.end();
  throw new EmbeddedRefused(
    `Another janela works on ${cluster.folder}: stop it first, or give this one a DATA_DIR of its own.`,
  );
}
