import { expect } from '@jest/globals';
import type { TestProcess } from '../support/servers/process.ts';
import { type Answer, call, listAll } from './api.ts';

/** Without an answer by then a question counts as hanging; those that wait for a statement take 35 s. */
const ANSWER_MS = 90_000;
type Question = 'alive' | 'ready' | 'post' | 'read';

interface Asked {
  question: Question;
  id: string;
  answer: Promise<{ status: number; problem: unknown }>;
}

/** What probes and a client ask of a service now and then, with every answer kept. */
export interface Asker {
  ask(): void;
  /**
   * All of these questions are answered, with one of these statuses. Awaited while something stands still, it also tells
   * that none of them waits for that to go on.
   */
  expectAnswers(question: Question, statuses: readonly number[]): Promise<void>;
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
    const answer = ask().then(({ status, json }) => ({ status, problem: json?.type }));
    // Whoever looks at the answers sees the failure; until then it must not end the test process.
    answer.catch(() => undefined);
    asked.push({ question, id, answer });
  }

  return {
    ask() {
      const id = `asked-${asked.length}`;
      const event = { ...PARTY, id, type: 'activity.close', occurredAt: '2018-11-04T12:00:00Z' };
      const timeoutMs = ANSWER_MS;
      note('alive', id, () => call(service, 'GET', '/healthz', { timeoutMs }));
      note('ready', id, () => call(service, 'GET', '/readyz', { timeoutMs }));
      note('post', id, () => call(service, 'POST', '/v1/events', { body: event, key, timeoutMs }));
      note('read', id, () => call(service, 'GET', `/v1/tenants/${PARTY.tenant}/usage`, { timeoutMs }));
    },
    async expectAnswers(question, statuses) {
      const chosen = asked.filter(({ question: own }) => own === question);
      const answers = await Promise.all(chosen.map(({ answer }) => answer));
      expect(answers.length).toBeGreaterThan(0);
      const wrong = answers.filter(({ status }) => !statuses.includes(status));
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
