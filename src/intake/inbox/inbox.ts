/** The Kafka inbox: a topic of other teams, taken into the log as though its records had been posted. */

import type { Admin } from 'kafkajs';
import type { Logger } from 'pino';
import { createBackoff, pause, startLoop } from '../../async.ts';
import type { Key } from '../../keys/rights.ts';
import {
  createReconnectingClient,
  type KafkaConnection,
  kafkaError,
  type ReconnectingClient,
} from '../../log/kafka/client.ts';
import { LogUnavailable } from '../../log/log.ts';
import type { Metrics } from '../../metrics.ts';
import { KeysUnavailable } from '../../sealing/contact-keys.ts';
import { isDatabaseUnavailable } from '../../store/unavailable.ts';
import type { Rejection } from '../read-event.ts';
import { type TakeDeps, type Taken, takeEvents } from '../take-events.ts';
import { SAID, saidBy } from './record.ts';
import { ensureRejects, openRejects, type RecordProblem, type Refused, type Rejects } from './rejects.ts';
import { type InboxBatch, startInboxSession } from './session.ts';
import { missedIn, watchInboxLag } from './waiting.ts';

export interface InboxOptions extends Omit<TakeDeps, 'metrics'> {
  connection: KafkaConnection;
  topic: string;
  rejects: string;
  /** Of consumers of the inbox: all processes of one installation, and nobody else. */
  group: string;
  /** Replicas of the topic of what is refused, where it has to be made. */
  replication: number;
  metrics: TakeDeps['metrics'] &
    Pick<Metrics, 'inboxRecords' | 'inboxWaiting' | 'inboxReading' | 'inboxMissed'>;
  /** What a refused record is given along. */
  problemOf(rejection: Rejection): RecordProblem;
  /** ms since 1970. */
  clock(): number;
  logger: Logger;
}

/** Whom the log names as the sender, and what it may do: it says itself whose an event is, and takes nothing back. */
const INBOX_KEY: Key = { id: 'inbox', scopes: new Set(['events:write']), tenants: null, expiresAt: null };

const PREPARE_MS = 15_000;

/**
 * Reads the inbox until it is stopped, from wherever the group has come. The offset is committed after the log and the topic of
 * what is refused have acknowledged; what is read twice because of that is met as a duplicate. A broker, topic or right that is
 * missing is waited for.
 */
export function startInbox(options: InboxOptions): { stop(): Promise<void> } {
  const { connection, topic, group, metrics, logger } = options;
  for (const outcome of ['accepted', 'rejected']) metrics.inboxRecords.inc({ outcome }, 0);
  metrics.inboxReading.set(0);
  const admin = createReconnectingClient<Admin>(connection, (kafka) => kafka.admin());
  const rejects = openRejects({ connection, inbox: topic, topic: options.rejects, logger });
  const lag = watchInboxLag({ admin, topic, group, metrics, logger });
  const loop = startLoop(async (signal) => {
    const backoff = createBackoff();
    let said = '';
    while (!signal.aborted) {
      try {
        await ensure(admin, options);
        await tellMissed(admin, options);
        await readUntilCrash(options, rejects, signal, () => {
          backoff.reset();
          said = '';
        });
      } catch (error) {
        const { message } = kafkaError(error);
        logger[message === said ? 'debug' : 'warn']({ topic, reason: message }, 'the inbox is not read');
        said = message;
      }
      metrics.inboxReading.set(0);
      await pause(backoff.next(), signal);
    }
  });
  return {
    async stop() {
      await loop.stop();
      await lag.stop();
      await Promise.all([rejects.close(), admin.close()]);
    },
  };
}

function ensure(
  admin: ReconnectingClient<Admin>,
  { topic, rejects, replication }: InboxOptions,
): Promise<void> {
  return admin.use(PREPARE_MS, (client) =>
    ensureRejects(client, { inbox: topic, topic: rejects, replication }),
  );
}

/** Asked before reading: whoever finds its offset gone goes on where the topic begins, and nobody would see it any more. */
async function tellMissed(
  admin: ReconnectingClient<Admin>,
  { topic, group, metrics, logger }: InboxOptions,
): Promise<void> {
  const records = await admin.use(PREPARE_MS, (client) => missedIn(client, topic, group));
  if (records === 0) return;
  metrics.inboxMissed.inc(records);
  logger.error({ topic, group, records }, 'records left the inbox before they were taken');
}

/** Resolves when the signal is aborted, rejects when the session is over otherwise. */
async function readUntilCrash(
  options: InboxOptions,
  rejects: Rejects,
  signal: AbortSignal,
  joined: () => void,
): Promise<void> {
  const { connection, topic, group, metrics, logger } = options;
  const session = startInboxSession(
    { connection, topic, groupId: group },
    {
      joined(partitions) {
        logger.info({ topic, group, partitions }, 'reading the inbox');
        metrics.inboxReading.set(1);
        joined();
      },
      take: (batch, alive) => take(options, rejects, batch, { alive, signal }),
    },
  );
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const end = () => resolve();
  signal.addEventListener('abort', end);
  try {
    await Promise.race([session.crashed, aborted]);
  } finally {
    signal.removeEventListener('abort', end);
    await session.close();
  }
}

interface Turn {
  alive(): Promise<void>;
  signal: AbortSignal;
}

/** The log first, once; then what was refused, for which nothing is appended a second time. */
async function take(
  options: InboxOptions,
  rejects: Rejects,
  { partition, messages }: InboxBatch,
  turn: Turn,
): Promise<void> {
  const { topic, metrics, logger } = options;
  const said = messages.map(saidBy);
  const taken = await insist(turn, logger, 'the inbox waits: what came could not be taken', () =>
    takeEvents(options, said, INBOX_KEY, options.clock(), SAID),
  );
  const refused = taken.flatMap((item) => refusedOf(options, item, messages, partition));
  if (refused.length > 0) {
    await insist(turn, logger, 'the inbox waits: what it refused could not be put aside', () =>
      rejects.send(refused),
    );
    logger.warn(
      { topic, partition, offset: refused[0]?.message.offset, records: refused.length },
      'refused records of the inbox',
    );
  }
  metrics.inboxRecords.inc({ outcome: 'accepted' }, taken.length - refused.length);
  metrics.inboxRecords.inc({ outcome: 'rejected' }, refused.length);
}

function refusedOf(
  { problemOf }: InboxOptions,
  { index, result }: Taken,
  messages: InboxBatch['messages'],
  partition: number,
): Refused[] {
  const message = messages[index];
  if (!('rejection' in result) || message === undefined) return [];
  return [{ message, partition, problem: problemOf(result.rejection) }];
}

/** Tries until it works. Rejects once this process is no member of the group any more, or is stopping: others go on then. */
async function insist<T>(
  { alive, signal }: Turn,
  logger: Logger,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const backoff = createBackoff();
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const isExpected =
        error instanceof LogUnavailable || error instanceof KeysUnavailable || isDatabaseUnavailable(error);
      logger[tries > 0 ? 'debug' : isExpected ? 'warn' : 'error']({ err: error }, what);
    }
    await pause(backoff.next(), signal);
    if (signal.aborted) throw new LogUnavailable('The service is stopping');
    await alive();
  }
}
