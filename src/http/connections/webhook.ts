/** Meta's address: the handshake, and payloads whose signature is checked over the bytes as they came. Contract section 5. */

import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { say } from '../../domain/sentences.ts';
import type { OpenConnection } from '../../intake/connections/known-connections.ts';
import { type PayloadDeps, takePayload } from '../../intake/connections/take-payload.ts';
import type { App, AppDeps } from '../deps.ts';
import { createAdmission, type IntakeRoom } from '../events/admission.ts';
import { Problem, problemResponses } from '../problems/problem.ts';
import { acceptBytes, jsonIn } from '../server/json-body.ts';
import { schemaValidator } from '../server/schema-faults.ts';
import { MOST_PAYLOAD_BYTES, payloadSchema } from './payload-schema.ts';
import { connectionParams, requireConnection, tags } from './shared.ts';

/** Payloads in hand of one connection: they come before anybody has proved who sends them. */
const MOST_BYTES_IN_HAND = 16 * 1024 * 1024;

const takenSchema = z
  .object({
    events: z.int().meta({ description: 'How many events the log has of it' }),
    unmapped: z.int().meta({ description: 'How many parts are kept that could not be mapped' }),
  })
  .meta({ id: 'TakenPayload' });

const url = '/v1/connections/:connection/webhook';

type WebhookDeps = Pick<AppDeps & IntakeRoom, 'clock' | 'connections' | 'intake' | 'bodies'> & PayloadDeps;

/** Without a key: whoever knows the secrets of the connection is Meta. */
export function webhookRoutes(app: App, deps: WebhookDeps): void {
  handshakeRoute(app, deps);
  payloadRoute(app, deps);
}

function handshakeRoute(app: App, { connections }: WebhookDeps): void {
  app.get(
    url,
    {
      schema: {
        tags,
        operationId: 'verifyWebhook',
        summary: "Answer Meta's handshake",
        params: connectionParams,
        querystring: z.looseObject({
          'hub.mode': z.literal('subscribe').meta({ description: 'What Meta asks for' }),
          'hub.verify_token': z.string().meta({ description: '`verifyToken` of the connection' }),
          'hub.challenge': z.string().max(1024).meta({ description: 'What the answer repeats' }),
        }),
        response: {
          200: {
            description: '`hub.challenge` as it came',
            content: { 'text/plain': { schema: z.string() } },
          },
          ...problemResponses('invalid-request', 'not-found', 'wrong-verify-token'),
        },
      },
    },
    async ({ params, query }, reply) => {
      const { secrets } = requireConnection(connections, params.connection);
      if (!isSame(query['hub.verify_token'], secrets.verifyToken)) throw new Problem('wrong-verify-token');
      return reply.type('text/plain; charset=utf-8').serializer(String).send(query['hub.challenge']);
    },
  );
}

function payloadRoute(app: App, deps: WebhookDeps): void {
  const { connections, clock } = deps;
  acceptBytes(app, 'application/json');
  const admissionRefusal = createAdmission(
    deps.bodies,
    { one: MOST_PAYLOAD_BYTES, ofSender: MOST_BYTES_IN_HAND },
    ({ params }) => ({ key: `connection:${(params as { connection: string }).connection}`, tenant: null }),
    (sender) => deps.intake.isFull?.(sender) ?? false,
  );
  const answer = (request: FastifyRequest, reply: FastifyReply) =>
    connections.get((request.params as { connection: string }).connection) === undefined
      ? new Problem('not-found', say('There is no such connection.'))
      : admissionRefusal(request, reply);
  app.post(
    url,
    {
      bodyLimit: MOST_PAYLOAD_BYTES,
      onRequest: (request, reply, done) => done(answer(request, reply)),
      onError: (request, _reply, _error, done) => {
        request.bodyMeter?.release();
        done();
      },
      validatorCompiler: ({ schema, httpPart }) =>
        httpPart === 'body' ? (value) => ({ value }) : schemaValidator({ schema }),
      schema: {
        tags,
        operationId: 'takePayload',
        summary: 'Take what Meta sends',
        description:
          'Answered only once the log has acknowledged every event of it and the rest is kept. After anything but a 200 Meta sends the same again, which does no harm.',
        params: connectionParams,
        headers: z.object({
          'x-hub-signature-256': z
            .string()
            .optional()
            .meta({ description: '`sha256=` and the HMAC of the body under the secret of the app, in hex' }),
        }),
        body: payloadSchema,
        response: {
          200: takenSchema.describe('Taken'),
          ...problemResponses('bad-signature', 'not-json', 'not-found', 'log-unavailable', 'intake-full'),
        },
      },
    },
    async (request) => {
      const connection = requireConnection(connections, request.params.connection);
      const body = request.body as unknown;
      if (!Buffer.isBuffer(body)) throw new Problem('not-json', say('The body is empty.'));
      requireSignature(request.headers['x-hub-signature-256'], body, connection);
      return await takePayload(deps, connection, jsonIn(body), clock());
    },
  );
}

const SIGNATURE = /^sha256=([0-9a-f]{64})$/i;

function requireSignature(
  header: string | undefined,
  body: Buffer,
  { secrets }: Pick<OpenConnection, 'secrets'>,
): void {
  const [, given] = SIGNATURE.exec(header ?? '') ?? [];
  const right = createHmac('sha256', secrets.appSecret).update(body).digest();
  if (given === undefined || !timingSafeEqual(Buffer.from(given, 'hex'), right))
    throw new Problem('bad-signature');
}

/** In a time that says nothing about where they differ. */
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}
