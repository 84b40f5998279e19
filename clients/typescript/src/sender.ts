/** A sender of events: collects single events to batches, keeps their order, and insists until each was acknowledged. */

import {
  type Delivery,
  deliver,
  type EventResult,
  type Problem,
  type Retry,
  type Verdict,
} from './delivery.ts';
import type { components } from './generated/description.ts';

export type Event = components['schemas']['Event'];

export interface SenderOptions {
  /** Where janela listens, as in `http://127.0.0.1:3000`. */
  url: string;
  /** An API key with `events:write`. */
  key: string;
  /** Events not yet acknowledged, waiting or on their way, beyond which `send` refuses. Default: 10,000. */
  maxQueued?: number;
  /**
   * Called once for each event that the service refused: it will not be sent again. What it throws, or rejects with, is
   * what `send` rejects with.
   */
  onRejected: (rejected: Rejected) => void | Promise<void>;
  /** Called before each repetition. A sender never gives up by itself, so this is how one learns of a dead service. */
  onRetry?: (retry: Retry) => void;
  /** How long one request may take before it is sent again. Default: 30 s. */
  timeoutMs?: number;
}

/** The log has the event. */
export type Accepted = Omit<EventResult, 'index' | 'status' | 'position' | 'problem'> & {
  status: 'accepted';
  position: { partition: number; offset: number };
};

/** The service refused the event, by itself or with the request that it came in (a key that was revoked, ...). */
export interface Rejected {
  status: 'rejected';
  event: Event;
  problem: Problem;
}

export interface Sender {
  /**
   * Resolves when the service has answered for this event. Rejects with a `SenderError` where it was not taken (`full`,
   * `closed`), or given up by `close` (`abandoned`).
   */
  send(event: Event): Promise<Accepted | Rejected>;
  /**
   * Sends what waits without waiting for more, and resolves when everything sent so far has its answer. Rejects with the
   * first error of those sends, if there was one: what `onRejected` threw, or that they were given up.
   */
  flush(): Promise<void>;
  /**
   * Takes no more events, and flushes. With a signal, whose abort gives up what has no answer by then; it is not known
   * whether the log has the events that were on their way.
   */
  close(options?: { signal?: AbortSignal }): Promise<void>;
  /** For `after=` of a read: covers every event acknowledged so far; undefined before the first. */
  receipt(): string | undefined;
}

export class SenderError extends Error {
  override name = 'SenderError';
  readonly code: 'full' | 'closed' | 'abandoned';

  constructor(code: SenderError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** More a request brings nothing, and the service takes 1,000. */
const MOST_EVENTS = 500;
/** The service takes 1 MiB a request. An event that is larger goes alone, so that its refusal hits no other. */
const MOST_BYTES = 1_000_000;
const LINGER_MS = 20;

interface Entry {
  event: Event;
  json: string;
  bytes: number;
  resolve(result: Accepted | Promise<Rejected>): void;
  reject(error: unknown): void;
}

export function createSender(options: SenderOptions): Sender {
  const { maxQueued = 10_000, onRejected } = options;
  const queue = createQueue(sendDue);
  const unanswered = new Set<Promise<unknown>>();
  const stopping = new AbortController();
  const delivery = deliveryOf(options, stopping.signal);
  let isSending = false;
  let closing: Promise<void> | null = null;
  let receipt: string | undefined;

  function send(event: Event): Promise<Accepted | Rejected> {
    if (closing !== null) return Promise.reject(new SenderError('closed', 'the sender is closed'));
    if (unanswered.size >= maxQueued)
      return Promise.reject(new SenderError('full', `${maxQueued} events are waiting for their answer`));
    const answered = new Promise<Accepted | Rejected>((resolve, reject) => {
      const json = JSON.stringify(event);
      queue.add({ event, json, bytes: Buffer.byteLength(json) + 1, resolve, reject });
    }).finally(() => unanswered.delete(answered));
    unanswered.add(answered);
    sendDue();
    return answered;
  }

  /** One batch is on its way at a time: that is what keeps the order, through every repetition. */
  function sendDue(): void {
    if (isSending) return;
    const batch = queue.takeDue();
    if (batch === null) return;
    isSending = true;
    deliver(bodyOf(batch), batch.length, delivery).then(
      (verdict) => {
        settle(batch, verdict);
        isSending = false;
        sendDue();
      },
      // Only `close` ends a delivery, and nothing is sent after that.
      (cause: unknown) => abandon([...batch, ...queue.takeAll()], cause),
    );
  }

  function settle(batch: readonly Entry[], verdict: Verdict): void {
    if ('results' in verdict && verdict.receipt !== null) {
      receipt = verdict.receipt;
      delivery.headers['janela-receipt'] = receipt;
    }
    answer(batch, verdict, onRejected);
  }

  async function flush(): Promise<void> {
    queue.hurry();
    sendDue();
    const failed = (await Promise.allSettled(unanswered)).find(({ status }) => status === 'rejected');
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
  }

  return {
    send,
    flush,
    close({ signal } = {}) {
      const giveUp = () => stopping.abort();
      if (signal?.aborted) giveUp();
      else signal?.addEventListener('abort', giveUp, { once: true });
      closing ??= flush();
      return closing.finally(() => signal?.removeEventListener('abort', giveUp));
    },
    receipt: () => receipt,
  };
}

function deliveryOf({ url, key, timeoutMs = 30_000, onRetry }: SenderOptions, signal: AbortSignal): Delivery {
  const headers: Record<string, string> = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
  };
  // Throws here rather than with every request.
  new Headers(headers);
  const base = url.endsWith('/') ? url : `${url}/`;
  return {
    url: new URL('v1/events', base),
    headers,
    timeoutMs,
    // Outside of the delivery, which what it throws must not end.
    onRetry: (retry) => queueMicrotask(() => onRetry?.(retry)),
    signal,
  };
}

function bodyOf(batch: readonly Entry[]): string {
  return `[${batch.map(({ json }) => json).join(',')}]`;
}

function answer(batch: readonly Entry[], verdict: Verdict, onRejected: SenderOptions['onRejected']): void {
  const told = async (rejected: Rejected) => {
    await onRejected(rejected);
    return rejected;
  };
  batch.forEach((entry, index) => {
    const result = resultOf(entry.event, index, verdict);
    entry.resolve(result.status === 'accepted' ? result : told(result));
  });
}

function abandon(entries: readonly Entry[], cause: unknown): void {
  for (const { reject } of entries)
    reject(
      new SenderError('abandoned', 'the sender was closed before the event was acknowledged', { cause }),
    );
}

function resultOf(event: Event, index: number, verdict: Verdict): Accepted | Rejected {
  if ('refusal' in verdict) return { status: 'rejected', event, problem: verdict.refusal };
  const { index: _, status, position, problem, ...more } = verdict.results[index] as EventResult;
  if (status === 'accepted' && position !== undefined) return { ...more, status, position };
  return { status: 'rejected', event, problem: ofTheEvent(problem as Problem, index) };
}

/** The service points into the request, of which the caller knows nothing. */
function ofTheEvent({ pointer = '', errors, ...problem }: Problem, index: number): Problem {
  const within = (place: string) => place.slice(`/${index}`.length);
  return {
    ...problem,
    pointer: within(pointer),
    ...(errors === undefined
      ? {}
      : { errors: errors.map((error) => ({ ...error, pointer: within(error.pointer) })) }),
  };
}

/** What waits to be sent. A batch is due when it is full, or once its first event has waited long enough. */
interface Queue {
  add(entry: Entry): void;
  /** What waits now is due now. */
  hurry(): void;
  /** The next batch; null where none is due yet. */
  takeDue(): Entry[] | null;
  takeAll(): Entry[];
}

/** `whenDue` is called when time alone has made a batch due. */
function createQueue(whenDue: () => void): Queue {
  const waiting: Entry[] = [];
  let bytes = 0;
  /** How many of those in front wait for no others. */
  let urgent = 0;
  let timer: NodeJS.Timeout | undefined;

  function hurry(): void {
    clearTimeout(timer);
    timer = undefined;
    urgent = waiting.length;
  }

  function take(count: number): Entry[] {
    const batch = waiting.splice(0, count);
    for (const entry of batch) bytes -= entry.bytes;
    urgent = Math.max(0, urgent - count);
    if (waiting.length === 0) hurry();
    return batch;
  }

  return {
    add(entry) {
      waiting.push(entry);
      bytes += entry.bytes;
      timer ??= setTimeout(() => {
        hurry();
        whenDue();
      }, LINGER_MS);
    },
    hurry,
    takeDue() {
      const isDue = urgent > 0 || waiting.length >= MOST_EVENTS || bytes >= MOST_BYTES;
      return isDue ? take(fitting(waiting)) : null;
    },
    takeAll: () => take(waiting.length),
  };
}

/** How many from the front fit into one request; at least one. */
function fitting(waiting: readonly Entry[]): number {
  let bytes = 1;
  let count = 0;
  for (const entry of waiting) {
    bytes += entry.bytes;
    if (count > 0 && (count === MOST_EVENTS || bytes > MOST_BYTES)) break;
    count++;
  }
  return count;
}
