import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import kafkajs from 'kafkajs';
import { classOf, EVENT_CLASS, type Event } from '../src/domain/event.ts';
import { temporaryFolder } from '../test/support/servers/temporary-folder.ts';
import { atLeast, type Finding, median } from './lib/stats.ts';
import { benchEvents } from './lib/traffic.ts';
import { inWorld, PARTITIONS } from './lib/world.ts';
import { fill, projectedRate, TRAFFIC } from './projection.ts';

const run = promisify(execFile);
const PROGRAM = join(import.meta.dirname, 'peers/streams');
const CACHE = join(import.meta.dirname, '../.cache/streams');
const TOPIC = 'bench.peer';
const OWN_TOPIC = 'bench.own';
const THREADS = 2;

/**
 * The projection of a Kafka log against a Kafka Streams program with exactly-once over the same events on the same
 * broker. That program does less: it folds in order of arrival, stores no events and drops no repeats.
 */
export async function benchStreams(count: number): Promise<Finding[]> {
  const classes = await compiled();
  const findings: Finding[] = [];
  await inWorld(async (world) => {
    const brokers = await world.brokers();
    const events = [...benchEvents({ ...TRAFFIC, events: count, seed: 1, prefix: 's' })];
    await produce(brokers, events);
    const peer = [await peerRate(classes, brokers, 'before', count)];
    const { url, database } = await world.database();
    await fill(await world.kafkaLog(OWN_TOPIC), database, events);
    const starting = world.service({
      ...{ DATABASE_URL: url, ROLES: 'projector' },
      ...{ KAFKA_BROKERS: brokers.join(','), KAFKA_TOPIC: OWN_TOPIC },
    });
    const projected = await projectedRate(database, count);
    await (await starting).kill('SIGTERM');
    peer.push(await peerRate(classes, brokers, 'after', count));
    findings.push(
      atLeast(
        'projection from the kafka log, against Kafka Streams with exactly-once',
        `${projected} events/s, Kafka Streams ${peer.join(' and ')} events/s`,
        projected / median(peer),
        1,
      ),
    );
  });
  return findings;
}

/** Class path of the program; its jars come from Maven Central the first time. */
async function compiled(): Promise<string> {
  if (!existsSync(CACHE)) {
    mkdirSync(CACHE, { recursive: true });
    try {
      const pom = ['-f', join(PROGRAM, 'pom.xml'), 'dependency:copy-dependencies'];
      await run('mvn', ['-q', '-B', ...pom, `-DoutputDirectory=${join(CACHE, 'lib')}`]);
      await run('javac', ['-cp', join(CACHE, 'lib/*'), '-d', CACHE, join(PROGRAM, 'WindowMeter.java')]);
    } catch (error) {
      rmSync(CACHE, { recursive: true, force: true });
      throw error;
    }
  }
  return [CACHE, join(CACHE, 'lib/*')].join(':');
}

/** What the program reads: kind R of a message of the contact, A of a template, S of all else. */
async function produce(brokers: readonly string[], events: readonly Event[]): Promise<void> {
  const kafka = new kafkajs.Kafka({
    brokers: [...brokers],
    clientId: 'peer',
    logLevel: kafkajs.logLevel.ERROR,
  });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    topics: [TOPIC, `${TOPIC}-windows`].map((topic) => ({
      topic,
      numPartitions: PARTITIONS,
      replicationFactor: 1,
    })),
    waitForLeaders: true,
  });
  await admin.disconnect();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  for (let i = 0; i < events.length; i += 1_000) {
    const messages = events.slice(i, i + 1_000).map((event) => {
      const { id, tenant, account, contact, type, template, occurredAt } = event;
      const conversation = `${account} ${contact}`;
      const eventClass = classOf(type, template !== undefined);
      const kind =
        eventClass === EVENT_CLASS.received ? 'R' : eventClass === EVENT_CLASS.template ? 'A' : 'S';
      const ts = new Date(occurredAt).toISOString();
      return { key: conversation, value: JSON.stringify({ id, tenant, conversation, kind, ts }) };
    });
    await producer.sendBatch({ acks: -1, topicMessages: [{ topic: TOPIC, messages }] });
  }
  await producer.disconnect();
}

/** From the first event that the program works on to the last. Events/s. */
async function peerRate(
  classes: string,
  brokers: readonly string[],
  application: string,
  count: number,
): Promise<number> {
  const state = temporaryFolder('streams');
  try {
    const options = [
      '-cp',
      classes,
      `-Dstate.dir=${state}`,
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
    ];
    const program = ['WindowMeter', brokers.join(','), TOPIC, application, 'exactly_once_v2', `${count}`];
    const { stdout } = await run('java', [...options, ...program, `${THREADS}`], { timeout: 300_000 });
    const found = /active -> (\d+) ev\/s/.exec(stdout)?.[1];
    if (found === undefined) throw new Error(`the Kafka Streams program says no rate: ${stdout}`);
    return Number(found);
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}
