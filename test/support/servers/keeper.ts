import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openDatabase } from '../../../src/store/database.ts';
import { migrate } from '../../../src/store/migrate.ts';
import type { KeptServer } from '../database.ts';
import { KEPT_BROKER } from '../jest/jest-setup.ts';
import { type RunningBroker, startBroker } from './broker.ts';
import { startTestServer, type TestServer } from './postgres-server.ts';
import { onServer, withName } from './server-url.ts';

/**
 * A process that keeps one PostgreSQL server and one Kafka broker for a whole test run. It starts each when the first
 * test asks (tests that need none pay nothing) and ends them when its standard input closes: however the test run ended,
 * nothing stays behind.
 */
interface Kept {
  server: TestServer;
  runtimeUrl: string;
  template: string;
}

let kept: Promise<Kept> | undefined;
let broker: Promise<RunningBroker> | undefined;

async function start(): Promise<Kept> {
  const server = await startTestServer();
  const template = `janela_template_${randomBytes(6).toString('hex')}`;
  await onServer(server.url, `CREATE DATABASE ${template}`);
  const runtime = new URL(server.url);
  runtime.username = `janela_test_${randomBytes(6).toString('hex')}`;
  runtime.password = randomBytes(12).toString('hex');
  await onServer(server.url, `CREATE ROLE ${runtime.username} LOGIN PASSWORD '${runtime.password}'`);
  const database = openDatabase({ url: withName(server.url, template), statementTimeoutMs: 0 });
  await migrate(database, runtime.username).finally(() => database.close());
  return { server, runtimeUrl: runtime.href, template };
}

async function stop(): Promise<void> {
  await (await broker?.catch(() => undefined))?.stop();
  const { server, runtimeUrl, template } = (await kept?.catch(() => undefined)) ?? {};
  if (server === undefined || runtimeUrl === undefined) return;
  await onServer(server.url, `DROP DATABASE IF EXISTS ${template} WITH (FORCE)`)
    .then(() => onServer(server.url, `DROP ROLE ${new URL(runtimeUrl).username}`))
    .catch((error: unknown) => {
      process.stderr.write(`The template or its role stays behind: ${String(error)}\n`);
    });
  await server.stop();
}

async function askedFor(path: string): Promise<KeptServer | { brokers: string[] }> {
  if (path === KEPT_BROKER) {
    broker ??= startBroker();
    return { brokers: (await broker).brokers };
  }
  kept ??= start();
  const { server, runtimeUrl, template } = await kept;
  return { url: server.url, runtimeUrl, template };
}

const http = createServer((request, response) => {
  // A worker asks seldom and is often busy for seconds (it loads modules); meanwhile a connection kept for the next time
  // would be closed here, and the question sent on it all the same would fail with "other side closed".
  response.shouldKeepAlive = false;
  askedFor(request.url ?? '/').then(
    (told) => response.end(JSON.stringify(told)),
    (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.stack : String(error)),
  );
});

http.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(http.address() as AddressInfo).port}\n`);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.stdin.resume().on('close', () => {
  http.close();
  http.closeAllConnections();
  void stop();
});
