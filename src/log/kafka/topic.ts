/** The settings of a topic: creates it so that it keeps everything, and says what of it could lose records. */

import kafkajs, { type Admin, type PartitionMetadata } from 'kafkajs';
import { beginningGone, LogBroken, otherPartitionCount } from '../log.ts';
import { DEFAULT_BATCH_BYTES, LEAST_BATCH_BYTES } from './batch-size.ts';
import { askOfTopic, makeTopic, readRanges, topicExists, topicGone } from './offsets.ts';

export interface TopicSettings {
  topic: string;
  partitions: number;
  replication: number;
}

/** What keeps every record for ever, acknowledged by a majority, stamped by the broker. */
function safeConfig(replication: number): [name: string, value: string][] {
  return [
    ['cleanup.policy', 'delete'],
    ['retention.ms', '-1'],
    ['retention.bytes', '-1'],
    ['message.timestamp.type', 'LogAppendTime'],
    ['unclean.leader.election.enable', 'false'],
    ['min.insync.replicas', replication >= 3 ? '2' : '1'],
  ];
}

/** Creates the topic if it is not there, and refuses one that could lose records: rejects with `LogBroken`. */
export async function ensureTopic(admin: Admin, settings: TopicSettings): Promise<void> {
  if (!(await topicExists(admin, settings.topic))) await createTopic(admin, settings);
  const weaknesses = await weaknessesOfTopic(admin, settings);
  if (weaknesses.length > 0) throw new LogBroken(weaknesses.join(' '));
}

/** For whoever only reads: neither creates the topic nor minds that it could lose records. Rejects with `LogBroken`. */
export async function findTopic(admin: Admin, { topic, partitions }: TopicSettings): Promise<void> {
  if (!(await topicExists(admin, topic)))
    throw new LogBroken(`There is no topic ${topic}: set KAFKA_TOPIC to the one that has the log.`);
  const { length } = await askOfTopic(admin, topic, () => partitionsOf(admin, topic));
  if (length !== partitions) throw otherPartitionCount(`Topic ${topic}`, length, partitions);
}

/** What of the topic could lose records, as sentences that say how to mend it. Rejects with `LogBroken`: it is gone. */
async function weaknessesOfTopic(admin: Admin, settings: TopicSettings): Promise<string[]> {
  const { topic, partitions, replication } = settings;
  if (!(await topicExists(admin, topic))) throw topicGone(topic);
  const found = await askOfTopic(admin, topic, () => partitionsOf(admin, topic));
  if (found.length !== partitions)
    return [otherPartitionCount(`Topic ${topic}`, found.length, partitions).message];
  const replicas = Math.min(...found.map((partition) => partition.replicas.length));
  const few =
    replicas < replication
      ? `Topic ${topic} has ${replicas} replicas, but KAFKA_REPLICATION is ${replication}: add replicas with kafka-reassign-partitions.sh, or set KAFKA_REPLICATION=${replicas}.`
      : null;
  const config = await askOfTopic(admin, topic, () => readConfig(admin, topic));
  return [few, unsafeConfig(config, topic, replicas), smallBatches(config, topic)].filter(
    (weakness) => weakness !== null,
  );
}

/** The same, with what is gone already. */
export async function weaknessesOfLog(admin: Admin, settings: TopicSettings): Promise<string[]> {
  const weaknesses = await weaknessesOfTopic(admin, settings);
  const ranges = await readRanges(admin, settings.topic);
  const gone = ranges.filter(({ low }) => low > 0).map(({ partition, low }) => beginningGone(partition, low));
  return [...gone, ...weaknesses];
}

async function partitionsOf(admin: Admin, topic: string): Promise<PartitionMetadata[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return topics[0]?.partitions ?? [];
}

async function createTopic(admin: Admin, { topic, partitions, replication }: TopicSettings): Promise<void> {
  const config = [...safeConfig(replication), ['max.message.bytes', `${DEFAULT_BATCH_BYTES}`] as const];
  const configEntries = config.map(([name, value]) => ({ name, value }));
  try {
    await makeTopic(admin, {
      topic,
      numPartitions: partitions,
      replicationFactor: replication,
      configEntries,
    });
  } catch (error) {
    const [refusal] = error instanceof AggregateError || hasErrors(error) ? error.errors : [];
    if (!(refusal instanceof Error)) throw error;
    throw new LogBroken(
      `Kafka refused to create topic ${topic} with ${partitions} partitions and replication ${replication}: ${refusal.message} Create it by hand, or correct LOG_PARTITIONS and KAFKA_REPLICATION.`,
      { cause: error },
    );
  }
}

/** KafkaJSAggregateError is no AggregateError. */
function hasErrors(error: unknown): error is { errors: unknown[] } {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}

type TopicConfig = ReadonlyMap<string, string>;

/** The settings in force; where the topic has none of its own, those of the broker. */
async function readConfig(admin: Admin, topic: string): Promise<TopicConfig> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
  });
  return new Map(resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]));
}

function unsafeConfig(found: TopicConfig, topic: string, replicas: number): string | null {
  const wrong = safeConfig(replicas).filter(([name, value]) =>
    name === 'min.insync.replicas' ? Number(found.get(name)) < Number(value) : found.get(name) !== value,
  );
  if (wrong.length === 0) return null;
  const is = wrong.map(([name, value]) => `${name} is ${found.get(name)} instead of ${value}`).join(', ');
  const mend = wrong.map(([name, value]) => `${name}=${value}`).join(',');
  return `Topic ${topic} could lose records: ${is}. ${mendWith(topic, mend)}`;
}

function mendWith(topic: string, config: string): string {
  return `Mend it with: kafka-configs.sh --bootstrap-server <broker> --alter --entity-type topics --entity-name ${topic} --add-config ${config}`;
}

function batchBytesIn(config: TopicConfig): number {
  return Number(config.get('max.message.bytes') ?? DEFAULT_BATCH_BYTES);
}

/** Bytes of the largest record batch that the topic takes. */
export async function largestBatch(admin: Admin, topic: string): Promise<number> {
  return batchBytesIn(await readConfig(admin, topic));
}

function smallBatches(config: TopicConfig, topic: string): string | null {
  const bytes = batchBytesIn(config);
  if (bytes >= LEAST_BATCH_BYTES) return null;
  return `Topic ${topic} takes record batches of ${bytes} bytes at most, but must take 1 MiB. ${mendWith(topic, `max.message.bytes=${DEFAULT_BATCH_BYTES}`)}`;
}
