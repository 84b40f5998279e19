import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { freePorts, type KafkaPorts } from './kafka-ports.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../../..');
const CACHE = join(ROOT, '.cache/kafka-4.4.0');
/** Any 16 bytes: brokers started here never meet. */
const CLUSTER_ID = 'janelajanelajanelajang';
/** The classes of a start, as a JVM keeps them in memory. */
const CLASSES = join(CACHE, 'classes.jsa');
/** What a broker says when it takes requests. */
export const STARTED = 'Kafka Server started';

/** Whether the real Apache Kafka can run here: Java 17, and Maven for the first time. */
export async function canRunKafka(): Promise<boolean> {
  try {
    const { stderr } = await run('java', ['-version']);
    const major = Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0);
    if (major < 17) return false;
    if (!existsSync(CACHE)) await run('mvn', ['-v']);
    return true;
  } catch {
    return false;
  }
}

/** The class path of Apache Kafka, fetched from Maven Central (43 MB) and started once the first time. */
export async function kafkaJars(): Promise<string> {
  if (!existsSync(CACHE)) {
    await install();
    await archiveClasses();
  }
  return join(CACHE, 'lib/*');
}

/** Makes `dir` the data directory of a new broker; one that has been used is left as it is. */
export async function formatKafka(dir: string): Promise<void> {
  await kafkaJars();
  if (!existsSync(join(dir, 'meta.properties'))) await cp(join(CACHE, 'formatted'), dir, { recursive: true });
}

/** Into a folder of its own first: several test workers may start at the same time. */
async function install(): Promise<void> {
  await mkdir(join(ROOT, '.cache'), { recursive: true });
  const dir = await mkdtemp(join(ROOT, '.cache/installing-'));
  try {
    const lib = join(dir, 'lib');
    const pom = join(ROOT, 'scripts/kafka/pom.xml');
    await run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${lib}`]);
    const properties = join(dir, 'format.properties');
    await writeFile(properties, kafkaProperties(join(dir, 'formatted'), { broker: 9092, controller: 9093 }));
    const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties];
    await run('java', ['-cp', join(lib, '*'), ...format]);
    await rename(dir, CACHE);
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    if (!existsSync(CACHE)) throw error;
  }
}

/** A second port of the broker, which speaks TLS. */
export interface KafkaTls {
  port: number;
  /** PKCS 12, with the key and the certificate of 127.0.0.1. */
  keystore: string;
  password: string;
}

/**
 * Keeps what one start has loaded, of jars in their last place: one from it takes half as long (0.8 s of processor
 * instead of 1.8). Another JVM than the one that wrote it loads them itself.
 */
async function archiveClasses(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'janela-kafka-'));
  await formatKafka(dir);
  const properties = join(dir, 'server.properties');
  await writeFile(properties, kafkaProperties(dir, await freePorts()));
  const written = `${CLASSES}.${process.pid}`;
  const java = spawn('java', [`-XX:ArchiveClassesAtExit=${written}`, ...kafkaCommand(properties)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(java, 'exit');
  for await (const line of createInterface({ input: java.stderr }))
    if (line.includes(STARTED)) java.kill('SIGTERM');
  await exited;
  await rename(written, CLASSES);
  await rm(dir, { recursive: true });
}

/** What Java is told to run a broker with these properties, once the jars are there. */
export function kafkaCommand(properties: string): string[] {
  return [
    ...(existsSync(CLASSES) ? [`-XX:SharedArchiveFile=${CLASSES}`] : []),
    ...['-Xms128m', '-Xmx384m', '-XX:+UseSerialGC', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'],
    '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
    ...['-cp', join(CACHE, 'lib/*'), 'kafka.Kafka', properties],
  ];
}

/** One node in KRaft mode, on 127.0.0.1, that creates no topic by itself. */
export function kafkaProperties(dir: string, { broker, controller }: KafkaPorts, tls?: KafkaTls): string {
  const secure = tls === undefined ? '' : `,SSL://127.0.0.1:${tls.port}`;
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}${secure}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${broker}${secure}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL',
    'log.dirs': dir,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': false,
    // After a kill the broker waits for the end of its former session, by default 9 s.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    ...(tls === undefined ? {} : keystoreProperties(tls)),
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function keystoreProperties({ keystore, password }: KafkaTls) {
  return {
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.location': keystore,
    'ssl.keystore.password': password,
    'ssl.key.password': password,
  };
}

/** Makes a keystore for 127.0.0.1 in the folder; resolves with the PEM of its certificate, which nobody else knows. */
export async function makeKeystore({ keystore, password }: Omit<KafkaTls, 'port'>): Promise<string> {
  const store = ['-alias', 'broker', '-keystore', keystore, '-storepass', password, '-storetype', 'PKCS12'];
  const subject = ['-dname', 'CN=127.0.0.1', '-ext', 'san=ip:127.0.0.1', '-validity', '3650'];
  await run('keytool', ['-genkeypair', '-keyalg', 'EC', ...subject, ...store]);
  return (await run('keytool', ['-exportcert', '-rfc', ...store])).stdout;
}
