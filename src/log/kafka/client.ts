import { createRequire } from 'node:module';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { types } from 'node:util';
import kafkajs, { type ISocketFactory, type Kafka, type KafkaConfig, type RetryOptions } from 'kafkajs';
import type { Logger } from 'pino';
import { within } from '../../async.ts';
import { LogBroken, LogUnavailable } from '../log.ts';

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

calmTimers();

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

function openSocket({ host, port, ssl, onConnect }: Parameters<ISocketFactory>[0]): Socket {
  const socket = ssl
    ? connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
    : connectPlain({ host, port }, onConnect);
  socket.setKeepAlive(true, 10_000);
  socket.setNoDelay(true);
  return socket;
}

/** What the port promises to throw: everything kafkajs runs into may pass. */
export function kafkaError(error: unknown): LogUnavailable | LogBroken {
  if (error instanceof LogUnavailable || error instanceof LogBroken) return error;
  const reason = types.isNativeError(error) ? error.message : String(error);
  return new LogUnavailable(`Kafka: ${reason}`, { cause: error });
}

/** A kafkajs producer or admin client: connected when first used, thrown away after a failure. */
export interface Lease<T> {
  /** Rejects with `LogUnavailable` when it takes longer than `ms`, or what `run` rejects with as a `LogBroken`. */
  use<R>(ms: number, run: (client: T) => Promise<R>): Promise<R>;
  close(): Promise<void>;
}

interface Connectable {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

export function createLease<T extends Connectable>(
  connection: KafkaConnection,
  create: (kafka: Kafka) => T,
): Lease<T> {
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
        if (failure instanceof LogUnavailable) discard(mine);
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
export function calmTimers(): void {
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
