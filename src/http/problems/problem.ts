/** Problems (RFC 9457): how a refusal is thrown, answered and described. */

import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Outcome, Refusal, Refused } from '../../domain/refusal.ts';
import { type Said, say } from '../../domain/sentences.ts';
import { PROBLEM_TYPES, type ProblemName, problemUri } from './problem-types.ts';

export const PROBLEM_JSON = 'application/problem+json';

/** What an answer that is not a success looks like (RFC 9457). */
export const problemSchema = z
  .looseObject({
    type: z.string().meta({ description: 'Path of a page that explains the problem' }),
    title: z.string().meta({ description: 'The same for every problem of the type' }),
    status: z.int().meta({ description: 'The HTTP status' }),
    detail: z.string().optional().meta({ description: 'What is wrong with this very request' }),
    errors: z
      .array(
        z.object({
          pointer: z.string().optional().meta({ description: 'JSON pointer into the body' }),
          parameter: z
            .string()
            .optional()
            .meta({ description: 'Name of a parameter of the path or query, or of a header' }),
          detail: z.string(),
        }),
      )
      .optional()
      .meta({ description: 'The places that are wrong, at most 20' }),
    requestId: z.string().optional().meta({ description: 'As in the header `x-request-id`' }),
    moreErrors: z.int().optional().meta({
      description:
        'How many further places are wrong; of a body of more than 2,000 values only the first is looked for',
    }),
  })
  .meta({ id: 'Problem' });

/** A refusal. Throw it anywhere below a route: the error handler turns it into the answer. */
export class Problem extends Error {
  override name = 'Problem';
  readonly type: ProblemName;
  readonly status: number;
  /** Further members of the problem document. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(type: ProblemName, detail?: Said, options: ProblemOptions = {}) {
    super(detail ?? PROBLEM_TYPES[type].title);
    this.type = type;
    this.status = options.status ?? PROBLEM_TYPES[type].status;
    this.members = { ...(detail === undefined ? {} : { detail }), ...options.members };
    this.headers = options.headers ?? (type === 'unauthorized' ? CHALLENGE : {});
  }
}

/** RFC 9110 wants a 401 to say how to log in. */
const CHALLENGE = { 'www-authenticate': 'Bearer realm="janela"' };

interface ProblemOptions {
  /** Only where a type is used with a second status. */
  status?: number;
  members?: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** What is worth a retry says when: seconds. */
export function retryAfter(seconds: number): { 'retry-after': string } {
  return { 'retry-after': String(seconds) };
}

/** `requestId`: what the answer's own header says too, for whoever keeps the body alone. */
export function problemBody(problem: Problem, requestId: string): string {
  return JSON.stringify({
    type: problemUri(problem.type),
    title: PROBLEM_TYPES[problem.type].title,
    status: problem.status,
    ...problem.members,
    requestId,
  });
}

/** Answers with the problem, past any response schema: its shape is made here. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .header('content-type', PROBLEM_JSON)
    .send(problemBody(problem, reply.request.id));
}

const response = { content: { [PROBLEM_JSON]: { schema: problemSchema } } };

/** What is worth a retry says when. */
const retryHeaders = {
  headers: {
    'Retry-After': { type: 'integer', minimum: 1, description: 'Seconds to wait before trying again' },
  },
};

/** Response schemas of the problems a route may answer with, by name; those every route has are added by the app. */
export function problemResponses(...names: ProblemName[]) {
  const byStatus = new Map<number, ProblemName[]>();
  for (const name of new Set(names)) {
    const { status } = PROBLEM_TYPES[name];
    byStatus.set(status, [...(byStatus.get(status) ?? []), name]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, types]) => [
      status,
      {
        description: types.map(problemUri).join(', '),
        ...response,
        ...(status === 429 || status === 503 ? retryHeaders : {}),
      },
    ]),
  );
}

/** Response schemas of a route, and in them further problems that it may answer with. */
export function withProblems(responses: unknown, ...names: ProblemName[]): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...(responses as object | undefined) };
  for (const [status, added] of Object.entries(problemResponses(...names))) {
    const known = (merged[status] ?? added) as typeof added;
    const uris = new Set([known.description, added.description].flatMap((list) => list.split(', ')));
    merged[status] = { ...added, ...known, description: [...uris].join(', ') };
  }
  return merged;
}

/** What an operation came to; a refusal is thrown as its problem. */
export function valueFrom<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw problemFrom(outcome.refusal);
}

/** Throws the problem of a refusal, where there is one. */
export function throwRefused(refused: Refused | null): void {
  if (refused !== null) throw problemFrom(refused.refusal);
}

export function problemFrom({ problem, detail, pointer }: Refusal): Problem {
  return pointer === undefined ? new Problem(problem, detail) : invalidBody([{ pointer, detail }]);
}

/** A body that has the right form but makes no sense. */
export function invalidBody(errors: readonly { pointer: string; detail: Said }[]): Problem {
  const [first] = errors;
  const detail =
    first === undefined
      ? undefined
      : say('{place}: <detail>', { place: first.pointer, detail: first.detail });
  return new Problem('invalid-request', detail, { members: faultMembers(errors, errors.length) });
}

/** Of a request that is refused, how many places are named. */
const MOST_PLACES = 20;

/** The places that are wrong as a problem tells them, of `count` altogether. */
export function faultMembers<Place>(places: readonly Place[], count: number) {
  const errors = places.slice(0, MOST_PLACES);
  return { errors, ...(count > errors.length ? { moreErrors: count - errors.length } : {}) };
}
