import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../../..');
const CACHE = join(ROOT, '.cache/kafka-4.4.0');
/** Any 16 bytes: brokers started here never meet. */
const CLUSTER_ID = 'janelajanelajanelajang';

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

/** The class path of Apache Kafka, fetched from Maven Central (43 MB) the first time. */
export async function kafkaJars(): Promise<string> {
  if (!existsSync(CACHE)) await install();
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

export interface KafkaPorts {
  broker: number;
  controller: number;
}

/** A second port of the broker, which speaks TLS. */
export interface KafkaTls {
  port: number;
  /** PKCS 12, with the key and the certificate of 127.0.0.1. */
  keystore: string;
  password: string;
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
