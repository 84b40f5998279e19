/** The way to Kafka: kafkajs clients that can be thrown away, and what their errors mean. */

import { createRequire } from 'node:module';
import { connect as connectPlain, isIP, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { types } from 'node:util';
import kafkajs, { type ISocketFactory, type Kafka, type KafkaConfig, type RetryOptions } from 'kafkajs';
import type { Logger } from 'pino';
import { within } from '../../async.ts';
import { LogBroken, LogRefused, LogUnavailable } from '../log.ts';
import { readEveryCompression } from './compression.ts';

export interface KafkaConnection {
  brokers: string[];
  clientId: string;
  ssl?: KafkaConfig['ssl'];
  sasl?: KafkaConfig['sasl'];
  logger: Logger;
}

/** Every option, because kafkajs has other defaults under NODE_ENV=test and holds a send to a dead broker for 22 s. */
export const RETRY: Required<Omit<RetryOptions, 'restartOnFailure'>> = {
  initialRetryTime: 50,
  maxRetryTime: 500,
  factor: 0.2,
  multiplier: 2,
  retries: 3,
};

const CLOSE_MS = 2_000;

limitRequestQueueTimers();
tellWhyNoBrokerAnswered();
readEveryCompression();

/** One kafkajs client with sockets of its own, so that it can be thrown away whatever state it is in. */
export interface DisposableClient {
  kafka: Kafka;
  /** Runs the client's own way of closing, then makes sure. Never rejects. */
  dispose(disconnect: () => Promise<void>): Promise<void>;
}

export function createClient({ brokers, clientId, ssl, sasl, logger }: KafkaConnection): DisposableClient {
  const sockets = new Set<Socket>();
  let disposed = false;
  const socketFactory: ISocketFactory = (options) => {
    if (disposed) return closedSocket();
    const socket = openSocket(options);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
  const kafka = new kafkajs.Kafka({
    brokers,
    clientId,
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    connectionTimeout: 2_000,
    authenticationTimeout: 5_000,
    reauthenticationThreshold: 10_000,
    requestTimeout: 5_000,
    enforceRequestTimeout: true,
    retry: RETRY,
    socketFactory,
    logLevel: kafkajs.logLevel.WARN,
    logCreator:
      () =>
      ({ namespace, log: { message, timestamp, ...rest } }) => {
        if (!disposed) logger.debug({ kafkajs: namespace, ...rest }, message);
      },
  });
  return {
    kafka,
    async dispose(disconnect) {
      await Promise.allSettled([
        within(CLOSE_MS, disconnect(), () => new Error('kafkajs did not disconnect')),
      ]);
      disposed = true;
      // With an error, because kafkajs clears its timers only for those.
      for (const socket of sockets) socket.destroy(new Error('closed'));
    },
  };
}

/** For a client that is thrown away and goes on connecting: nobody would ever close what it opens. */
function closedSocket(): Socket {
  return new Socket().destroy(new Error('closed'));
}

function openSocket({ host, port, ssl, onConnect }: Parameters<ISocketFactory>[0]): Socket {
  const socket = ssl
    ? connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
    : connectPlain({ host, port }, onConnect);
  socket.setKeepAlive(true, 10_000);
  socket.setNoDelay(true);
  return socket;
}

/** Rights, passwords, certificates and settings: of what kafkajs runs into, all that does not pass by itself. */
const LASTING =
  /SASL|AUTHORIZATION_FAILED|SECURITY_DISABLED|NotImplemented|CERT|ERR_SSL|UNABLE_TO_VERIFY|INVALID_(TOPIC_EXCEPTION|REQUIRED_ACKS|GROUP_ID|SESSION_TIMEOUT|TIMESTAMP|RECORD|CONFIG)|POLICY_VIOLATION|UNSUPPORTED_|DoesNotSupportApiKey|TOO_LARGE/;
const TOO_LARGE = /(MESSAGE|RECORD_LIST)_TOO_LARGE/;

/** What the port promises to throw. */
export function kafkaError(error: unknown): LogUnavailable | LogRefused | LogBroken {
  if ([LogUnavailable, LogRefused, LogBroken].some((kind) => error instanceof kind)) return error as Error;
  const reason = reasonOf(error);
  if (!LASTING.test(namesIn(error))) return new LogUnavailable(`Kafka: ${reason}`, { cause: error });
  const sentence = `Kafka refuses, and will until somebody mends its rights or settings, or those of janela: ${reason}`;
  return new LogRefused(sentence, { cause: error });
}

/** What no broker says: kafkajs ran into a fault of its own, which its retries may have wrapped. */
const SLIP = /\b(Type|Reference|Range)Error\b/;

function reasonOf(error: unknown): string {
  const message = types.isNativeError(error) ? error.message : String(error);
  if (!SLIP.test(namesIn(error))) return message;
  return `its client met a state that it does not know, and is connected anew (${message})`;
}

/** Whether the broker refused a batch for its size. */
export function isTooLarge(error: unknown): boolean {
  return TOO_LARGE.test(namesIn(error));
}

/** What an error is called, and those it comes from: kafkajs has classes, types of the protocol and codes of the system. */
function namesIn(error: unknown): string {
  const names: unknown[] = [];
  for (let at = error; types.isNativeError(at) && names.length < 30; at = at.cause) {
    const { name, type, code } = at as { name: string; type?: unknown; code?: unknown };
    names.push(name, type, code);
  }
  return names.join(' ');
}

/** A kafkajs producer or admin client: connected when first used, thrown away after a failure. */
export interface ReconnectingClient<T> {
  /** Rejects with `LogUnavailable` when it takes longer than `ms`, or as `kafkaError` says. */
  use<R>(ms: number, run: (client: T) => Promise<R>): Promise<R>;
  close(): Promise<void>;
}

interface Connectable {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

export function createReconnectingClient<T extends Connectable>(
  connection: KafkaConnection,
  create: (kafka: Kafka) => T,
): ReconnectingClient<T> {
  interface Opened {
    resource: T;
    ready: Promise<void>;
    dispose(): Promise<void>;
  }
  let current: Opened | null = null;
  const leaving = new Set<Promise<void>>();

  function open(): Opened {
    const client = createClient(connection);
    const resource = create(client.kafka);
    return {
      resource,
      ready: resource.connect(),
      dispose: () => client.dispose(() => resource.disconnect()),
    };
  }

  function discard(opened: Opened): void {
    if (current !== opened) return;
    current = null;
    const left = opened.dispose();
    leaving.add(left);
    void left.then(() => leaving.delete(left));
  }

  return {
    async use(ms, run) {
      current ??= open();
      const mine = current;
      const work = mine.ready.then(() => run(mine.resource));
      try {
        return await within(ms, work, () => new LogUnavailable(`Kafka did not answer within ${ms} ms`));
      } catch (error) {
        const failure = kafkaError(error);
        if (!(failure instanceof LogBroken)) discard(mine);
        throw failure;
      }
    },
    async close() {
      if (current) discard(current);
      await Promise.all(leaving);
    },
  };
}

interface RequestQueue {
  pending: unknown[];
  scheduleCheckPendingRequests(): void;
}

/**
 * After the first response kafkajs 2.2.4 sets a timer with a negative delay again and again: a warning on Node 24+,
 * and a wake-up per millisecond and connection (3 % of a core while idle). This lets it set the timer only where
 * requests wait. Remove with a kafkajs that has https://github.com/tulios/kafkajs/issues/1751 fixed.
 */
export function limitRequestQueueTimers(): void {
  const queue: { prototype: RequestQueue } = createRequire(import.meta.url)(
    'kafkajs/src/network/requestQueue',
  );
  const schedule = queue.prototype.scheduleCheckPendingRequests;
  if (schedule.name === calm.name) return;
  function calm(this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  }
  queue.prototype.scheduleCheckPendingRequests = calm;
}

type AskBroker<T> = (asked: { nodeId: string; broker: unknown }) => Promise<T>;

interface BrokerPool {
  withBroker<T>(ask: AskBroker<T>): Promise<T | null>;
}

/**
 * Where each broker fails, kafkajs 2.2.4 keeps to itself why and goes on with null, which its admin client then reads
 * from: "Cannot read properties of null", for a topic that is gone as for a right that is missing. This lets it fail
 * with what the last broker said. Remove with a kafkajs whose `BrokerPool.withBroker` throws.
 */
function tellWhyNoBrokerAnswered(): void {
  const pool: { prototype: BrokerPool } = createRequire(import.meta.url)('kafkajs/src/cluster/brokerPool');
  const { withBroker } = pool.prototype;
  if (withBroker.name === withBrokerOrWhy.name) return;
  async function withBrokerOrWhy<T>(this: BrokerPool, ask: AskBroker<T>): Promise<T | null> {
    let why: unknown = null;
    const answer = await withBroker.call(this, (asked: Parameters<AskBroker<T>>[0]) =>
      ask(asked).catch((error: unknown) => {
        why = error;
        throw error;
      }),
    );
    if (answer === null && why !== null) throw why;
    return answer as T;
  }
  pool.prototype.withBroker = withBrokerOrWhy;
}
