import { existsSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startEmbedded } from '../../../src/store/embedded/embedded.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface TestServer {
  /** A database whose user may create others. */
  url: string;
  stop(): Promise<void>;
}

/** The test ladder: `DATABASE_URL`, else a container where a runtime is at hand, else the embedded PostgreSQL. */
export async function startTestServer(): Promise<TestServer> {
  const given = process.env.DATABASE_URL;
  if (given !== undefined && given !== '') return { url: given, stop: async () => undefined };
  return (hasContainerRuntime() ? await inContainer() : undefined) ?? (await embedded());
}

function hasContainerRuntime(): boolean {
  const sockets = ['/var/run/docker.sock', join(homedir(), '.docker/run/docker.sock')];
  return process.env.DOCKER_HOST !== undefined || sockets.some((path) => existsSync(path));
}

/** Undefined where the runtime does not answer or has no image: the next rung of the ladder is as good. */
async function inContainer(): Promise<TestServer | undefined> {
  try {
    const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
    const container = await new PostgreSqlContainer('postgres:18').start();
    return {
      url: container.getConnectionUri(),
      stop: async () => {
        await container.stop();
      },
    };
  } catch (error) {
    process.stderr.write(`No container for PostgreSQL (${String(error)}); using the embedded one\n`);
    return undefined;
  }
}

async function embedded(): Promise<TestServer> {
  const dataDir = temporaryFolder('postgres');
  const server = await startEmbedded({
    dataDir,
    logger: pino({ level: 'error' }, pino.destination(2)),
    settings: {
      ...{ fsync: 'off', full_page_writes: 'off', shared_buffers: '128MB', max_connections: '200' },
      // Thousands of connections are made, each of which would compute 4,096 on both sides.
      scram_iterations: '1',
    },
  });
  return {
    url: server.ownerUrl,
    stop: async () => {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
