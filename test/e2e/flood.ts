import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestProcess } from '../support/servers/process.ts';

/** What became of one request; status 0: the connection ended without an answer. */
export interface Outcome {
  status: number;
  /** Path of the problem's page; null for a success. */
  problem: string | null;
  retryAfter: number | null;
  /** The first byte out and the end of the answer, in ms of `performance.now()`. */
  startedAt: number;
  endedAt: number;
}

type Target = Pick<TestProcess, 'url' | 'adminKey'>;

/** Posts bytes, sent whole or in chunks without saying how many; an answer counts also when it comes before the end. */
export function postBytes(
  { url, adminKey }: Target,
  body: Buffer,
  { chunked = false, agent }: { chunked?: boolean; agent?: Agent } = {},
): Promise<Outcome> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const end = (status: number, retryAfter: string | undefined, text: string) => {
      const problem = status >= 400 ? (/"type":"([^"]*)"/.exec(text)?.[1] ?? null) : null;
      const seconds = retryAfter === undefined ? null : Number(retryAfter);
      resolve({ status, problem, retryAfter: seconds, startedAt, endedAt: performance.now() });
    };
    const sent = request(`${url}/v1/events`, {
      method: 'POST',
      ...(agent === undefined ? {} : { agent }),
      headers: {
        authorization: `Bearer ${adminKey}`,
        'content-type': 'application/json',
        prefer: 'return=minimal',
        ...(chunked ? {} : { 'content-length': body.length }),
      },
    });
    sent.on('response', (answer) => {
      let text = '';
      const done = () => end(answer.statusCode ?? 0, answer.headers['retry-after'], text);
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      answer.on('end', done).on('error', done);
    });
    sent.on('error', () => end(0, undefined, ''));
    sent.end(body);
  });
}

/** Connections that post the same body again and again, each after its answer, until stopped. */
export interface Flood {
  outcomes: readonly Outcome[];
  stop(): Promise<void>;
}

const PAUSE_MS = 20;

export function startFlood(target: Target, body: Buffer, connections: number): Flood {
  const outcomes: Outcome[] = [];
  const agent = new Agent({ keepAlive: true });
  let open = true;
  const clients = Array.from({ length: connections }, async () => {
    while (open) {
      outcomes.push(await postBytes(target, body, { agent }));
      await delay(PAUSE_MS);
    }
  });
  return {
    outcomes,
    async stop() {
      open = false;
      await Promise.all(clients);
      agent.destroy();
    },
  };
}

/** The most memory a process has had resident so far, in MB. */
export function peakMemory(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} does not say how much memory it had`);
  return Number(kilobytes) / 1024;
}
