/**
 * The topic of notifications: all of them as CloudEvents (structured mode of the Kafka binding), keyed by tenant, in the
 * order in which they were noted. At least once; a repeat has the same id.
 */

import kafkajs, { type Message, type Producer } from 'kafkajs';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Logger } from 'pino';
import { createBackoff, pause, startLoop } from '../async.ts';
import {
  createReconnectingClient,
  type KafkaConnection,
  RETRY,
  type ReconnectingClient,
} from '../log/kafka/client.ts';
import { makeTopic, topicExists } from '../log/kafka/offsets.ts';
import type { Metrics } from '../metrics.ts';
import { LOCKS } from '../store/locks.ts';
import type { Tables } from '../store/tables.ts';

interface TopicDeps {
  db: Kysely<Tables>;
  connection: KafkaConnection;
  topic: string;
  replication: number;
  clock(): number;
  metrics: Pick<Metrics, 'notificationsUnpublished'>;
  logger: Pick<Logger, 'info' | 'warn'>;
}

const LOOK_MS = 500;
const SEND_MS = 5_000;
const ACKS_MS = 3_000;
/** Some 300 KB. */
const AT_ONCE = 500;

/** Goes on until stopped. What was noted before the first start with this topic does not go there. */
export function startPublishing(deps: TopicDeps): { stop(): Promise<void> } {
  const { db, connection, topic, clock, metrics, logger } = deps;
  const client = createReconnectingClient<Producer>(connection, (kafka) =>
    kafka.producer({
      idempotent: false,
      allowAutoTopicCreation: false,
      metadataMaxAge: 60_000,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      retry: { ...RETRY, retries: 2 },
    }),
  );
  metrics.notificationsUnpublished.set(0);
  const loop = startLoop(async (signal) => {
    const backoff = createBackoff();
    let since: number | null = null;
    while (!signal.aborted) {
      try {
        since ??= await begin(deps);
        const published = await publishSome(db, client, { topic, since, at: clock() });
        metrics.notificationsUnpublished.set(await unpublished(db, since));
        backoff.reset();
        if (published < AT_ONCE) await pause(LOOK_MS, signal);
      } catch (error) {
        if (!signal.aborted)
          logger.warn({ err: error, topic }, 'notifications could not be published; trying again');
        await pause(backoff.next(), signal);
      }
    }
  });
  return {
    async stop() {
      await loop.stop();
      await client.close();
    },
  };
}

/** Makes the topic, if it is not there. Resolves with the instant (ms) from which notifications go there. */
async function begin({ db, connection, topic, replication, clock, logger }: TopicDeps): Promise<number> {
  const admin = createReconnectingClient(connection, (kafka) => kafka.admin({ retry: RETRY }));
  try {
    const made = await admin.use(SEND_MS, async (own) => {
      if (await topicExists(own, topic)) return false;
      return await makeTopic(own, { topic, replicationFactor: replication });
    });
    if (made) logger.info({ topic }, 'made the topic of notifications');
  } finally {
    await admin.close();
  }
  await db
    .insertInto('billing.notification_topics')
    .values({ topic, since: clock() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await db
    .selectFrom('billing.notification_topics')
    .select('since')
    .where('topic', '=', topic)
    .executeTakeFirstOrThrow();
  return row.since;
}

interface Noted {
  id: string;
  type: string;
  tenant: string | null;
  body: string;
}

/** One process at a time, so that the order holds. Resolves with how many; 0 also where another process is at it. */
async function publishSome(
  db: Kysely<Tables>,
  client: ReconnectingClient<Producer>,
  { topic, since, at }: { topic: string; since: number; at: number },
): Promise<number> {
  return await db.transaction().execute(async (transaction) => {
    const lock = await sql<{ ours: boolean }>`
      SELECT pg_try_advisory_xact_lock(${sql.lit(LOCKS.notificationTopic)}) AS ours`.execute(transaction);
    if (lock.rows[0]?.ours !== true) return 0;
    const noted = await unpublishedSince(transaction, since);
    if (noted.length === 0) return 0;
    const messages = noted.map(messageOf);
    await client.use(SEND_MS, (producer) => producer.send({ topic, acks: -1, timeout: ACKS_MS, messages }));
    await sql`
      UPDATE billing.notifications SET published_at = ${at}
      WHERE id = ANY (${noted.map(({ id }) => id)}::text[])`.execute(transaction);
    return noted.length;
  });
}

async function unpublishedSince(db: Transaction<Tables>, since: number): Promise<Noted[]> {
  return await db
    .selectFrom('billing.notifications')
    .select(['id', 'type', 'tenant', 'body'])
    .where('published_at', 'is', null)
    .where('at', '>=', since)
    .where('type', '<>', 'webhook.test')
    .orderBy('at')
    .orderBy('id')
    .limit(AT_ONCE)
    .execute();
}

function messageOf({ id, type, tenant, body }: Noted): Message {
  const { timestamp, data } = JSON.parse(body) as { timestamp: string; data: unknown };
  const event = {
    ...{ specversion: '1.0', id, source: 'janela', type: `janela.${type}`, time: timestamp },
    ...(tenant === null ? {} : { subject: tenant }),
    ...{ datacontenttype: 'application/json', data },
  };
  const headers = { 'content-type': 'application/cloudevents+json; charset=UTF-8' };
  return { key: tenant, value: JSON.stringify(event), headers };
}

const MOST_COUNTED = 10_000;

async function unpublished(db: Kysely<Tables>, since: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM (
      SELECT FROM billing.notifications
      WHERE published_at IS NULL AND at >= ${since} AND type <> 'webhook.test' LIMIT ${MOST_COUNTED}) AS n`.execute(
    db,
  );
  return rows[0]?.count ?? 0;
}
