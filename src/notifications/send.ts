/** One request to a webhook of somebody: bounded in time and memory, whatever is at the other end. */

import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { AddressClosed, literalClosed, openLookup } from './address.ts';

/** For all of it: the name, the connection, and the answer. */
const ANSWER_MS = 10_000;
/** What is kept of an answer, in bytes; the rest is not read. */
const MOST_ANSWER = 1_024;

export interface Attempt {
  /** null: no answer came. */
  status: number | null;
  /** The beginning of it. */
  answer: string | null;
  /** Why none came. */
  error: string | null;
}

interface Sending {
  url: string;
  headers: Record<string, string>;
  body: string;
}

interface SendOptions {
  /** Addresses that are closed, and http. */
  allowInsecure: boolean;
  /** Gives the request up: then it rejects. */
  signal: AbortSignal;
  /** ms; default `ANSWER_MS`. */
  answerMs?: number;
}

/** Posts; redirects are not followed. What goes wrong at the other end or on the way is an `Attempt` too. */
export async function send(sending: Sending, options: SendOptions): Promise<Attempt> {
  const { signal, answerMs = ANSWER_MS } = options;
  const deadline = AbortSignal.timeout(answerMs);
  try {
    return await exchange(sending, options.allowInsecure, AbortSignal.any([signal, deadline]));
  } catch (error) {
    signal.throwIfAborted();
    const why = deadline.aborted ? `no answer within ${answerMs / 1_000} s` : (error as Error).message;
    return { status: null, answer: null, error: printable(why) };
  }
}

function exchange({ url, headers, body }: Sending, allowInsecure: boolean, signal: AbortSignal) {
  const target = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<Attempt>();
  if (!allowInsecure && literalClosed(target)) throw new AddressClosed();
  if (!allowInsecure && target.protocol !== 'https:') throw new Error('the address is not https');
  const request = (target.protocol === 'https:' ? https : http).request(target, {
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    // A connection for each, so that each has its address checked.
    agent: false,
    ...(allowInsecure ? {} : { lookup: openLookup }),
    signal,
  });
  let answered = false;
  const unanswered = (error: Error) => {
    if (!answered) reject(error);
  };
  request.on('response', (response) => {
    answered = true;
    void beginning(response).then((answer) => {
      resolve({ status: response.statusCode ?? null, answer, error: null });
      request.destroy();
    });
  });
  request.on('error', unanswered);
  request.on('close', () => unanswered(new Error('the connection was closed without an answer')));
  request.end(body);
  return promise;
}

/** The first bytes of an answer, or as many as come before it breaks off. */
async function beginning(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length >= MOST_ANSWER) break;
    }
  } catch {
    // The status has come, and that is what counts.
  }
  return printable(Buffer.concat(chunks).subarray(0, MOST_ANSWER).toString('utf8'));
}

/** PostgreSQL takes no NUL. */
function printable(text: string): string {
  return text.replaceAll('\0', '\u{fffd}');
}
