import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { formatKafka, type KafkaTls, kafkaCommand, kafkaProperties, STARTED } from './kafka-jars.ts';
import type { KafkaPorts } from './kafka-ports.ts';

/** On a machine ten times as busy, after a crash; who ends meanwhile is noticed at once. */
const START_MS = 180_000;

export interface KafkaServer {
  broker: string;
  ports: KafkaPorts;
  pid: number;
  isRunning(): boolean;
  /** Settles when the process has ended, however. */
  exited: Promise<void>;
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

export interface KafkaServerOptions {
  /** Data directory; created and formatted when empty, and left where it is. */
  dir: string;
  ports: KafkaPorts;
  /** Starts faster and runs slower. */
  shortLived: boolean;
  tls?: KafkaTls;
}

/** Starts the real Apache Kafka and resolves when it takes requests. It dies with this process, however that ends. */
export async function startKafka(options: KafkaServerOptions): Promise<KafkaServer> {
  const { dir, ports, shortLived, tls } = options;
  await formatKafka(dir);
  const properties = join(dir, 'server.properties');
  await writeFile(properties, kafkaProperties(dir, ports, tls));
  const logFile = join(dir, 'server.out');
  const log = await open(logFile, 'w');
  const java = spawn(
    'java',
    [...(shortLived ? ['-XX:TieredStopAtLevel=1'] : []), ...kafkaCommand(properties)],
    { stdio: ['ignore', log.fd, log.fd], detached: true },
  );
  await log.close();
  const exited = once(java, 'exit').then(() => undefined);
  const pid = java.pid;
  if (pid === undefined) throw new Error('java could not be started');
  const guard = killWithParent(pid);
  const isRunning = () => java.exitCode === null && java.signalCode === null;
  const stop = async (signal: 'SIGTERM' | 'SIGKILL') => {
    guard.kill('SIGKILL');
    if (isRunning()) process.kill(pid, signal);
    await exited;
  };
  try {
    await until(async () => {
      const text = await readFile(logFile, 'utf8');
      if (!isRunning()) throw new Error(`Kafka did not start:\n${text.slice(-2_000)}`);
      return text.includes(STARTED);
    });
  } catch (error) {
    await stop('SIGKILL');
    throw error;
  }
  return { broker: `127.0.0.1:${ports.broker}`, ports, pid, isRunning, exited, stop };
}

/** A shell that waits for the end of its input, which comes with the end of this process, and then kills. */
function killWithParent(pid: number): ChildProcess {
  const guard = spawn('sh', ['-c', 'cat; kill -9 "$0"', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  return guard;
}

async function until(ready: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (!(await ready())) {
    if (performance.now() > deadline) throw new Error(`Kafka was not ready within ${START_MS} ms`);
    await delay(25);
  }
}
