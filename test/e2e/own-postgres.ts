import { rmSync } from 'node:fs';
import { pino } from 'pino';
import { startEmbedded } from '../../src/store/embedded/embedded.ts';
import { onServer, withName } from '../support/servers/server-url.ts';
import { temporaryFolder } from '../support/servers/temporary-folder.ts';
import { until } from '../support/until.ts';
import { freezePostgres, isReady, postmasterOf, thawPostgres } from './postgres-process.ts';

/** A PostgreSQL server for one test alone, which may harm it; as janela sees it, it is somebody else's. */
export interface OwnPostgres {
  /** Where its files are, in a folder `postgres`. */
  dataDir: string;
  /** Of an empty database of this name, which belongs to the user there. */
  database(name: string): Promise<string>;
  /** `fast`: sessions are cut off, everything committed is on disk. `immediate`: as in a crash. Resolves when it is back. */
  restart(mode: 'fast' | 'immediate'): Promise<void>;
  /** No process of it runs any more, and none of its connections notices. */
  freeze(): Promise<void>;
  thaw(): void;
  stop(): Promise<void>;
}

const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** Whoever starts the embedded server also restarts it when it is gone, as a supervisor does. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const dataDir = temporaryFolder('own-postgres');
  const server = await startEmbedded({
    dataDir,
    logger: pino({ level: 'silent' }),
    // A crash of the server alone takes nothing from the system's cache.
    settings: { fsync: 'off', shared_buffers: '64MB', max_connections: '200' },
  });
  let frozen: number | null = null;
  const thaw = () => {
    if (frozen !== null) thawPostgres(frozen);
    frozen = null;
  };
  return {
    dataDir,
    async database(name) {
      await onServer(server.ownerUrl, `CREATE DATABASE ${name}`);
      return withName(server.ownerUrl, name);
    },
    async restart(mode) {
      const before = postmasterOf(dataDir);
      process.kill(before, SIGNALS[mode]);
      await until(() => isReady(dataDir) && postmasterOf(dataDir) !== before, {
        what: 'the server to be back',
      });
    },
    async freeze() {
      frozen = postmasterOf(dataDir);
      await freezePostgres(frozen);
    },
    thaw,
    async stop() {
      thaw();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
