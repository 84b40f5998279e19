import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askKeeper, KEPT_BROKER } from '../jest/jest-setup.ts';
import { freezeProcess, thawProcess } from './freeze.ts';
import { canRunKafka } from './kafka-jars.ts';
import { freePorts } from './kafka-ports.ts';
import { startKafka } from './kafka-server.ts';
import { whyMissing } from './needs.ts';

export interface TestBroker extends RunningBroker {
  /** Only of a broker that this process runs itself. */
  faults: BrokerFaults | null;
}

export interface BrokerFaults {
  /** Where its data is. */
  folder: string;
  /** It may end by itself. */
  isUp(): boolean;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** The same data and port, after `kill()`. */
  restart(): Promise<void>;
  /** It answers nothing from the moment this resolves until `resume()`. */
  pause(): Promise<void>;
  resume(): void;
}

type Source = 'environment' | 'container' | 'java';

export interface BrokerNeeds {
  /** The test kills or freezes it: one that this process runs itself, whatever KAFKA_BROKERS says. */
  faults?: boolean;
  /** It is not started yet: `faults.restart()` does that. */
  down?: boolean;
  /** Where a broker that this process runs itself keeps its data; `stop()` removes it. Default: a new folder. */
  folder?: string;
}

/** Why tests with Kafka cannot run here, or null. With CI=true that is an error. */
export async function whyNoBroker(needs: BrokerNeeds = {}): Promise<string | null> {
  return whyMissing((await findSource(needs)) !== null, none(needs));
}

function none({ faults }: BrokerNeeds): string {
  return faults
    ? 'no Kafka broker that may be killed: install Java 17 and Maven'
    : 'no Kafka broker: set KAFKA_BROKERS, or install a container runtime, or Java 17 and Maven';
}

/**
 * A real Kafka broker: KAFKA_BROKERS, else one that all tests of the run share, else, where it is to be harmed, one of
 * the test's own. Topics are the test's own.
 */
export async function testBroker(needs: BrokerNeeds = {}): Promise<TestBroker> {
  const source = await findSource(needs);
  if (source === null) throw new Error(none(needs));
  if (needs.faults) return await javaBroker(needs);
  const brokers = source === 'environment' ? givenBrokers() : await sharedBroker();
  return { brokers, faults: null, stop: async () => undefined };
}

function givenBrokers(): string[] {
  return (process.env.KAFKA_BROKERS ?? '').split(',');
}

async function sharedBroker(): Promise<string[]> {
  const answer = await askKeeper(KEPT_BROKER);
  const body = await answer.text();
  if (!answer.ok) throw new Error(`no Kafka for tests: ${body}`);
  return (JSON.parse(body) as RunningBroker).brokers;
}

export interface RunningBroker {
  brokers: string[];
  stop(): Promise<void>;
}

/** KAFKA_BROKERS, else a container where a runtime is at hand, else Apache Kafka under Java. */
export async function startBroker(): Promise<RunningBroker> {
  const source = await findSource({});
  if (source === 'environment') return { brokers: givenBrokers(), stop: async () => undefined };
  return source === 'container' ? await containerBroker() : await javaBroker({});
}

async function findSource({ faults }: BrokerNeeds): Promise<Source | null> {
  if (faults) return (await canRunKafka()) ? 'java' : null;
  if (process.env.KAFKA_BROKERS) return 'environment';
  if (process.env.DOCKER_HOST || existsSync('/var/run/docker.sock')) {
    const { getContainerRuntimeClient } = await import('testcontainers');
    const answers = await getContainerRuntimeClient().then(
      () => true,
      () => false,
    );
    if (answers) return 'container';
  }
  return (await canRunKafka()) ? 'java' : null;
}

async function containerBroker(): Promise<RunningBroker> {
  const { KafkaContainer } = await import('@testcontainers/kafka');
  const container = await new KafkaContainer('confluentinc/cp-kafka:8.1.0')
    .withKraft()
    .withEnvironment({
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    })
    .start();
  return {
    brokers: [`${container.getHost()}:${container.getMappedPort(9093)}`],
    async stop() {
      await container.stop();
    },
  };
}

async function javaBroker({ down = false, folder }: BrokerNeeds): Promise<TestBroker> {
  const dir = folder ?? (await mkdtemp(join(tmpdir(), 'janela-kafka-')));
  const ports = await freePorts();
  const start = () => startKafka({ dir, ports, shortLived: true });
  let server = down ? null : await start();
  return {
    brokers: [`127.0.0.1:${ports.broker}`],
    faults: {
      folder: dir,
      isUp: () => server?.isRunning() ?? false,
      kill: async () => server?.stop('SIGKILL'),
      async restart() {
        server = await start();
      },
      async pause() {
        if (server?.isRunning()) await freezeProcess(server.pid);
      },
      resume() {
        if (server?.isRunning()) thawProcess(server.pid);
      },
    },
    async stop() {
      await server?.stop('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
}
