import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { findPrograms } from '../../src/store/embedded/programs.ts';
import { launch, shutDown } from '../../src/store/embedded/server.ts';
import { onServer, withName } from '../support/servers/server-url.ts';
import { temporaryFolder } from '../support/servers/temporary-folder.ts';
import { freezePostgres, postmasterOf, thawPostgres } from './postgres-process.ts';

/** A PostgreSQL server that streams from another one, for one test alone. */
export interface TestReplica {
  /** Of a database that the primary has too. */
  url(name: string): string;
  run(statement: string): Promise<void>;
  freeze(): Promise<void>;
  thaw(): void;
  stop(): Promise<void>;
  start(): Promise<void>;
}

const SETTINGS = { fsync: 'off', shared_buffers: '64MB', max_connections: '200', hot_standby_feedback: 'on' };

/** Copies the primary's files while it runs, as PostgreSQL's manual says, and follows it from there. */
export async function startReplica(primaryDir: string, primaryUrl: string): Promise<TestReplica> {
  const dataDir = temporaryFolder('replica');
  const folder = join(dataDir, 'postgres');
  const label = await copyRunning(join(primaryDir, 'postgres'), folder, primaryUrl);
  const programs = await findPrograms(dataDir);
  const { hostname, port, username, password } = new URL(primaryUrl);
  writeFileSync(join(folder, 'backup_label'), label);
  writeFileSync(join(folder, 'standby.signal'), '');
  appendFileSync(
    join(folder, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=${hostname} port=${port} user=${username} password=${password}'\n`,
  );
  for (const name of ['backup_label', 'standby.signal']) programs.handOver(join(folder, name));
  const cluster = { folder, password, settings: SETTINGS };
  const login = await launch(programs, cluster);
  const own = new URL(primaryUrl);
  own.port = String(login.port);
  let frozen: number | null = null;
  const thaw = () => {
    if (frozen !== null) thawPostgres(frozen);
    frozen = null;
  };
  return {
    url: (name) => withName(own.href, name),
    run: (statement) => onServer(own.href, statement),
    async freeze() {
      frozen = postmasterOf(dataDir);
      await freezePostgres(frozen);
    },
    thaw,
    stop: () => shutDown(programs, folder),
    async start() {
      await launch(programs, cluster, login.port);
    },
  };
}

async function copyRunning(from: string, to: string, url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("SELECT pg_backup_start('replica', true)");
    execFileSync('cp', ['-a', from, to]);
    for (const name of ['postmaster.pid', 'postmaster.opts', 'pg_wal'])
      rmSync(join(to, name), { recursive: true, force: true });
    mkdirSync(join(to, 'pg_wal'), { mode: 0o700 });
    execFileSync('chown', [`--reference=${to}`, join(to, 'pg_wal')]);
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
    return rows[0]?.labelfile ?? '';
  } finally {
    await client.end();
  }
}
