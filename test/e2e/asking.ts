import { expect } from '@jest/globals';
import type { TestProcess } from '../support/servers/process.ts';
import { type Answer, call, listAll } from './api.ts';

/** On a busy machine everything takes longer. */
const SLACK_MS = 6_000;
/** How long each answer may take at most, whatever stands still. */
const LIMITS_MS = {
  alive: SLACK_MS,
  ready: 2_000 + SLACK_MS,
  /** The look-up of the key, and then the deadline of the log. */
  post: 3_000 + 5_000 + SLACK_MS,
  /** The limit of a statement, and how much longer its answer is waited for. */
  read: 30_000 + 5_000 + SLACK_MS,
};
type Question = keyof typeof LIMITS_MS;

interface Asked {
  question: Question;
  id: string;
  /** Milliseconds, of `performance.now()`. */
  at: number;
  answer: Promise<{ status: number; problem: unknown; ms: number }>;
}

/** What probes and a client ask of a service now and then, with every answer kept. */
export interface Asker {
  ask(): void;
  /** All of these questions asked between the two instants were answered in time and with one of these statuses. */
  expectAnswers(question: Question, statuses: readonly number[], between?: [number, number]): Promise<void>;
  /** Every event whose post was answered with 202 is there. */
  expectPosted(): Promise<void>;
}

const PARTY = { tenant: 'asked', channel: 'webchat', account: 'site', contact: 'ana' };

/** Asks with a key that has to be looked up in the database. */
export async function createAsker(service: TestProcess): Promise<Asker> {
  const body = { name: 'asker', scopes: ['events:write', 'usage:read'], tenants: [PARTY.tenant] };
  const key: string = (await call(service, 'POST', '/v1/ops/keys', { body })).json.secret;
  const asked: Asked[] = [];

  function note(question: Question, id: string, ask: () => Promise<Answer>): void {
    const at = performance.now();
    const answer = ask().then(({ status, json }) => ({
      ...{ status, problem: json?.type },
      ms: performance.now() - at,
    }));
    // Whoever looks at the answers sees the failure; until then it must not end the test process.
    answer.catch(() => undefined);
    asked.push({ question, id, at, answer });
  }

  return {
    ask() {
      const id = `asked-${asked.length}`;
      const event = { ...PARTY, id, type: 'activity.close', occurredAt: '2018-11-04T12:00:00Z' };
      const timeoutMs = LIMITS_MS.read;
      note('alive', id, () => call(service, 'GET', '/healthz', { timeoutMs }));
      note('ready', id, () => call(service, 'GET', '/readyz', { timeoutMs }));
      note('post', id, () => call(service, 'POST', '/v1/events', { body: event, key, timeoutMs }));
      note('read', id, () => call(service, 'GET', `/v1/tenants/${PARTY.tenant}/usage`, { timeoutMs }));
    },
    async expectAnswers(question, statuses, [from, to] = [0, Number.POSITIVE_INFINITY]) {
      const chosen = asked.filter(({ question: own, at }) => own === question && at >= from && at < to);
      const answers = await Promise.all(chosen.map(({ answer }) => answer));
      expect(answers.length).toBeGreaterThan(0);
      const wrong = answers.filter(
        ({ status, ms }) => !statuses.includes(status) || ms > LIMITS_MS[question],
      );
      expect({ question, wrong }).toEqual({ question, wrong: [] });
    },
    async expectPosted() {
      const posts = asked.filter(({ question }) => question === 'post');
      const statuses = await Promise.all(posts.map(({ answer }) => answer));
      const kept = posts.filter((_, i) => statuses[i]?.status === 202).map(({ id }) => id);
      const path = `/v1/tenants/${PARTY.tenant}/events?channel=${PARTY.channel}&account=${PARTY.account}&contact=${PARTY.contact}`;
      const there = new Set((await listAll<{ id: string }>(service, path)).map(({ id }) => id));
      expect(kept.filter((id) => !there.has(id))).toEqual([]);
    },
  };
}
