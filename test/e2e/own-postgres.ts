import { rmSync } from 'node:fs';
import { pino } from 'pino';
import { startEmbedded } from '../../src/store/embedded/embedded.ts';
import { onServer, withName } from '../support/servers/server-url.ts';
import { temporaryFolder } from '../support/servers/temporary-folder.ts';
import { until } from '../support/until.ts';
import { freezePostgres, isReady, panic, postmasterOf, thawPostgres } from './postgres-process.ts';

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
  /** Where its disk is full: has it panic. False: it found room all the same until the time was over. */
  panic(withinMs: number): Promise<boolean>;
  /** Resolves when it takes connections. */
  isBack(): Promise<void>;
  stop(): Promise<void>;
}

const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/**
 * Whoever starts the embedded server also restarts it when it is gone, as a supervisor does. `smallDisk`: a folder with
 * little room, where it shall be; default: a new folder.
 */
export async function startOwnPostgres({ smallDisk }: { smallDisk?: string } = {}): Promise<OwnPostgres> {
  const dataDir = smallDisk ?? temporaryFolder('own-postgres');
  const littleLog = { min_wal_size: '80MB', max_wal_size: '256MB' };
  const server = await startEmbedded({
    dataDir,
    logger: pino({ level: 'silent' }),
    // A crash of the server alone takes nothing from the system's cache.
    settings: {
      ...{ fsync: 'off', shared_buffers: '64MB', max_connections: '200' },
      ...(smallDisk === undefined ? {} : littleLog),
    },
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
    panic: (withinMs) => panic(server.ownerUrl, withinMs),
    async isBack() {
      const answers = () =>
        onServer(server.ownerUrl, 'SELECT').then(
          () => true,
          () => false,
        );
      await until(answers, { what: 'the server to answer' });
    },
    async stop() {
      thaw();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
