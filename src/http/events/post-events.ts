import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { say } from '../../domain/sentences.ts';
import { CLOUD_EVENT } from '../../intake/cloud-events.ts';
import { EVENT_JSON, type Form } from '../../intake/read-event.ts';
import { senderOf } from '../../intake/shares.ts';
import { startCounting, type Taken, takeEvents } from '../../intake/take-events.ts';
import type { Warning } from '../../intake/warnings.ts';
import { preferenceIn } from '../conventions/prefer.ts';
import { decodeReceipt, encodeReceipt } from '../conventions/receipt.ts';
import { positionSchema } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { PROBLEM_JSON, Problem, problemResponses, problemSchema } from '../problems/problem.ts';
import { problemUri, WARNING_TYPES } from '../problems/problem-types.ts';
import { acceptJson } from '../server/json-body.ts';
import { schemaValidator } from '../server/schema-faults.ts';
import { createAdmission, type IntakeRoom } from './admission.ts';
import {
  CLOUD_EVENT_BATCH,
  CLOUD_EVENT_JSON,
  cloudEventHeaders,
  cloudEventSchema,
  cloudEventsIn,
} from './cloud-event-request.ts';
import { eventSchema } from './event-schema.ts';
import { showRejection } from './rejection.ts';

const warningSchema = z
  .object({ type: z.string(), title: z.string(), detail: z.string(), pointer: z.string() })
  .meta({ id: 'EventWarning', description: 'What is odd about an event that was accepted all the same' });

const result = z
  .object({
    index: z.int().meta({ description: 'Place in the request, from 0' }),
    id: z.string().nullable(),
    status: z.enum(['accepted', 'rejected']),
    position: positionSchema.optional(),
    warnings: z
      .array(warningSchema)
      .optional()
      .meta({ description: 'Of an accepted event; left out where there are none' }),
    problem: z
      .object({
        type: z.string(),
        title: z.string(),
        detail: z.string(),
        pointer: z.string(),
        errors: z
          .array(z.object({ pointer: z.string(), detail: z.string() }))
          .optional()
          .meta({ description: 'All that is wrong with the event, at most 10; the first is told above too' }),
      })
      .optional(),
  })
  .meta({ id: 'EventResult' });

/** The header by which a sender gets one receipt for all that it posted. */
const EARLIER = 'janela-receipt';

const headers = z.object({
  prefer: z
    .string()
    .optional()
    .meta({ description: '`return=minimal` leaves out accepted items without warnings' }),
  [EARLIER]: z.string().optional().meta({
    description:
      "A `receipt` from before: the answer's covers what that one covers too. Ignored where it is none of this log",
  }),
  ...cloudEventHeaders,
});

const MOST_EVENTS = 1000;

const body = {
  content: {
    'application/json': { schema: z.union([eventSchema, z.array(eventSchema).min(1).max(MOST_EVENTS)]) },
    [CLOUD_EVENT_JSON]: { schema: cloudEventSchema },
    [CLOUD_EVENT_BATCH]: {
      schema: z
        .array(cloudEventSchema)
        .min(1)
        .max(MOST_EVENTS)
        .meta({ examples: [cloudEventSchema.meta()?.examples] }),
    },
  },
};

const answer = z
  .object({
    accepted: z.int(),
    rejected: z.int(),
    receipt: z.string().meta({ description: 'Give it as `after` to a read that must count these events' }),
    results: z.array(result),
  })
  .meta({ id: 'IngestAnswer' });

const noneAccepted = problemSchema
  .extend({ accepted: z.literal(0), rejected: z.int(), results: z.array(result) })
  .meta({ id: 'NoneAccepted' });

type IngestDeps = Pick<
  AppDeps & IntakeRoom,
  | 'intake'
  | 'metrics'
  | 'partitions'
  | 'clock'
  | 'bodies'
  | 'rates'
  | 'contactLinks'
  | 'registeredTenants'
  | 'sealing'
  | 'recordSealer'
>;

/** Ingest; in a scope of its own, for no other route takes CloudEvents. Contract section 3. */
export function eventRoutes(app: App, deps: IngestDeps): void {
  for (const type of [CLOUD_EVENT_JSON, CLOUD_EVENT_BATCH]) acceptJson(app, type);
  startCounting(deps.metrics);
  const admissionRefusal = createAdmission(
    deps.bodies,
    { one: app.initialConfig.bodyLimit ?? 0 },
    ({ key }) => senderOf(key),
    (sender) => deps.intake.isFull?.(sender) ?? false,
  );
  const { rates } = deps;
  const takeDeps = { ...deps, admit: rates.take };
  app.post(
    '/v1/events',
    {
      config: { scope: 'events:write' },
      onRequest: (request, reply, done) =>
        done(rates.refusalOf(request.key) ?? admissionRefusal(request, reply)),
      // What is refused is in hand no longer, even if it takes its sender a while to see that.
      onError: (request, _reply, _error, done) => {
        request.bodyMeter?.release();
        done();
      },
      // The schemas describe; events are checked one by one in read-event.ts, and answers are made in one place.
      validatorCompiler: ({ schema, httpPart }) =>
        httpPart === 'querystring' ? schemaValidator({ schema }) : (value) => ({ value }),
      serializerCompiler: () => (value) => JSON.stringify(value),
      schema: {
        tags: ['Events'],
        operationId: 'postEvents',
        summary: 'Post one event or an array of 1 to 1000',
        description:
          'The answer comes only after the log has durably acknowledged every accepted event. A duplicate is accepted too. After a 503 or no answer at all send the same events again. CloudEvents 1.0 are taken in all three modes; in binary mode the body is their `data`, and a `pointer` names its place as though it stood beside the attributes.',
        headers,
        body,
        response: {
          202: answer.describe('All accepted'),
          207: answer.describe('Some accepted'),
          ...problemResponses(
            'invalid-request',
            'not-json',
            'body-too-large',
            'too-many-events',
            'unsupported-media-type',
            'log-unavailable',
            'database-unavailable',
            'intake-full',
          ),
          422: { description: 'None accepted', content: { [PROBLEM_JSON]: { schema: noneAccepted } } },
        },
      },
    },
    async (request, reply) => {
      const { key } = request;
      const { values, isArray, form } = valuesIn(request);
      const items = await takeEvents(takeDeps, values, key, deps.clock(), form);
      const accepted = items.filter(({ position }) => position !== undefined).length;
      const rejected = items.length - accepted;
      request.taken = { accepted, rejected, tenant: tenantOf(items) };
      if (accepted === 0) throw nothingAccepted(items, isArray);
      const minimal = prefersMinimal(request.headers.prefer);
      if (minimal) reply.header('preference-applied', 'return=minimal');
      const receipt = encodeReceipt(
        items.flatMap(({ position }) => position ?? []),
        coveredBefore(request.headers[EARLIER], deps.partitions),
      );
      const results = showResults(items, isArray, minimal);
      return reply.code(rejected === 0 ? 202 : 207).send({ accepted, rejected, receipt, results });
    },
  );
}

/** What a request sends, and how it says that it is events. */
function valuesIn({ headers: sent, body: value }: Pick<FastifyRequest, 'headers' | 'body'>): {
  values: readonly unknown[];
  isArray: boolean;
  form: Form;
} {
  if (sent['content-type'] === undefined) throw new Problem('not-json', say('The body is empty.'));
  const isArray = Array.isArray(value);
  if (isArray && value.length > MOST_EVENTS)
    throw new Problem(
      'too-many-events',
      say('The array has {count} events, not 1 to {most}.', { count: value.length, most: MOST_EVENTS }),
    );
  const cloudEvents = cloudEventsIn({ headers: sent, body: value });
  if (cloudEvents !== null) return { ...cloudEvents, form: CLOUD_EVENT };
  return { values: isArray ? value : [value], isArray, form: EVENT_JSON };
}

/** null: of none, or of more than one. */
function tenantOf(items: readonly Taken[]): string | null {
  const tenants = new Set(items.flatMap(({ result }) => ('event' in result ? result.event.tenant : [])));
  const [only] = tenants;
  return only === undefined || tenants.size > 1 ? null : only;
}

function nothingAccepted(items: readonly Taken[], isArray: boolean): Problem {
  const detail = items.length === 0 ? say('The array is empty.') : say('None of the events was accepted.');
  return new Problem('invalid-event', detail, {
    members: { accepted: 0, rejected: items.length, results: showResults(items, isArray, false) },
  });
}

function prefersMinimal(prefer: string | string[] | undefined): boolean {
  return prefer !== undefined && preferenceIn([prefer].flat().join(','), 'return') === 'minimal';
}

/** What is no receipt of this log stands for nothing in it; events are not refused for that. */
function coveredBefore(receipt: string | string[] | undefined, partitions: number) {
  return typeof receipt === 'string' ? (decodeReceipt(receipt, partitions) ?? undefined) : undefined;
}

/** The entries of `results`; `minimal` leaves out what was accepted and has no warnings. */
function showResults(items: readonly Taken[], isArray: boolean, minimal: boolean) {
  const results = [];
  for (const { index, id, result, position, warnings } of items) {
    const base = isArray ? `/${index}` : '';
    if ('rejection' in result) {
      results.push({
        index,
        id,
        status: 'rejected' as const,
        problem: showRejection(result.rejection, base),
      });
    } else if (warnings.length > 0) {
      const shown = warnings.map((warning) => showWarning(warning, base));
      results.push({ index, id, status: 'accepted' as const, position, warnings: shown });
    } else if (!minimal) {
      results.push({ index, id, status: 'accepted' as const, position });
    }
  }
  return results;
}

function showWarning({ warning, detail, pointer }: Warning, base: string) {
  return {
    type: problemUri(warning),
    title: WARNING_TYPES[warning].title,
    detail,
    pointer: base + pointer,
  };
}
