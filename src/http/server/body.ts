import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { gunzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { say } from '../../domain/sentences.ts';
import type { App } from '../deps.ts';
import { Problem } from '../problems/problem.ts';

/** How bodies arrive: announced, packed, within their limit; and what becomes of those that nobody wants to read. */

/** How much of a refused body is read, and how long (ms), so that its sender finds the answer and not a reset. */
const MOST_DISCARDED = 8 * 1024 * 1024;
const DISCARDING_MS = 2_000;

/** Requests that wait for `100 Continue` before they send their body (RFC 9110, section 10.1.1). */
const waiting = new WeakMap<IncomingMessage, ServerResponse>();

/** Leaves `100 Continue` to whoever reads the body, so that whatever refuses a request before does so at once. */
export function delayContinue(app: App): void {
  app.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    waiting.set(request, response);
    app.server.emit('request', request, response);
  });
}

type Done = (problem: Problem | null, body: Buffer) => void;

/** Counts a body while it is read. */
export interface BodyMeter {
  /** Told of bytes as they arrive, and of those that unpacking adds; what it returns ends the reading. */
  add(bytes: number): Problem | null;
  /** What it counted is in nobody's hand any more. */
  release(): void;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before the body is read; a property, since a WeakMap costs the collector more than the rest of a request. */
    bodyMeter: BodyMeter | null;
  }
}

const NOTHING = Buffer.alloc(0);

/**
 * Reads a body, unpacked, up to the `usual` limit in bytes; a route may raise it. Problems: `body-too-large`, `unsupported-media-type` for a
 * coding that is unknown, `not-json` for one that is broken, `invalid-request` where the rest never comes.
 */
export function readBody(request: FastifyRequest, usual: number, done: Done): void {
  const { raw } = request;
  // Asking for a route's options costs microseconds, so only what is larger than usual asks.
  const limitFor = (length: number) => (length > usual ? request.routeOptions.bodyLimit : usual);
  const isPacked = packed(raw.headers['content-encoding']);
  if (isPacked === null) {
    done(unknownCoding(raw.headers['content-encoding']), NOTHING);
    return;
  }
  const declared = declaredBytes(raw);
  if (declared > limitFor(declared)) {
    done(new Problem('body-too-large'), NOTHING);
    return;
  }
  if (raw.headers.expect !== undefined) {
    waiting.get(raw)?.writeContinue();
    waiting.delete(raw);
  }
  const meter = request.bodyMeter;
  collect(raw, limitFor, meter, (problem, body) => {
    if (problem !== null || !isPacked || body.length === 0) done(problem, body);
    else
      unpack(body, request.routeOptions.bodyLimit, (broken, unpacked) => {
        done(broken ?? meter?.add(unpacked.length) ?? null, unpacked);
      });
  });
}

/** Whether `Content-Encoding` says gzip; null: something that nobody here can undo. */
function packed(header: string | undefined): boolean | null {
  if (header === undefined) return false;
  const codings = header
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length === 0) return false;
  return codings.length === 1 && (codings[0] === 'gzip' || codings[0] === 'x-gzip') ? true : null;
}

function unknownCoding(header: string | undefined): Problem {
  const detail = say('Content-Encoding is {coding}. Send the body with gzip, or without a coding.', {
    coding: JSON.stringify(header),
  });
  return new Problem('unsupported-media-type', detail, { headers: { 'accept-encoding': 'gzip' } });
}

/** NaN where the request does not say. */
function declaredBytes({ headers }: IncomingMessage): number {
  return Number(headers['content-length']);
}

function collect(
  raw: IncomingMessage,
  limitFor: (length: number) => number,
  meter: BodyMeter | null,
  done: Done,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  const end = (problem: Problem | null) => {
    raw.off('data', take).off('end', finish).off('error', fail);
    done(problem, problem === null ? Buffer.concat(chunks, length) : NOTHING);
  };
  const take = (chunk: Buffer) => {
    length += chunk.length;
    const refused =
      length > limitFor(length) ? new Problem('body-too-large') : (meter?.add(chunk.length) ?? null);
    if (refused !== null) end(refused);
    else chunks.push(chunk);
  };
  const finish = () => end(null);
  const fail = () => end(new Problem('invalid-request', say('The body did not arrive as a whole.')));
  // One whose sender went away before anybody read it says so no more.
  if (raw.destroyed && !raw.complete) fail();
  else raw.on('data', take).on('end', finish).on('error', fail);
}

function unpack(body: Buffer, limit: number, done: Done): void {
  gunzip(body, { maxOutputLength: limit }, (error, unpacked) => {
    if (error === null) done(null, unpacked);
    else done(problemOf(error), NOTHING);
  });
}

function problemOf({ code, message }: NodeJS.ErrnoException): Problem {
  if (code === 'ERR_BUFFER_TOO_LARGE') return new Problem('body-too-large');
  return new Problem(
    'not-json',
    say('The body is not the gzip that Content-Encoding says it is: {message}.', { message }),
  );
}

/**
 * An answer that goes out while its request still comes in would meet a reset where the connection then closes: the
 * sender is told to close it, and what it sends until then is read and dropped. Short bodies on connections that stay
 * open are left to Node, which does the same without a limit.
 */
export function answerBeforeBody(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
  const { raw } = request;
  if (raw.complete || raw.readableEnded || waiting.has(raw)) return payload;
  const declared = declaredBytes(raw);
  const isChunked = raw.headers['transfer-encoding'] !== undefined;
  if (!(isChunked || declared > 0)) return payload;
  const closes = isChunked || declared > request.routeOptions.bodyLimit;
  if (!closes && reply.getHeader('connection') !== 'close') return payload;
  if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload;
  reply.header('connection', 'close').header('content-length', Buffer.byteLength(payload));
  return Readable.from(answerThenDiscard(payload, raw));
}

async function* answerThenDiscard(payload: string | Buffer, raw: IncomingMessage) {
  yield payload;
  await discard(raw);
}

/** Past the limit it waits without reading: a sender that looks for the answer has the time to find it. */
function discard(raw: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let left = MOST_DISCARDED;
    const count = (chunk: Buffer) => {
      left -= chunk.length;
      if (left <= 0) raw.pause();
    };
    const end = () => {
      clearTimeout(timer);
      raw.off('data', count).off('end', end).off('close', end);
      resolve();
    };
    const timer = setTimeout(end, DISCARDING_MS);
    raw.on('data', count).on('end', end).on('close', end);
    if (raw.readableEnded || raw.destroyed) end();
  });
}
