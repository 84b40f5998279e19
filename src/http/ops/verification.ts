import { z } from 'zod';
import { isoInstant } from '../../domain/instant.ts';
import { readVerifications, requestVerification, type Verification } from '../../health/verifications.ts';
import type { Key } from '../../keys/rights.ts';
import { instantOut } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { problemResponses } from '../problems/problem.ts';

const answer = z
  .object({
    items: z.array(
      z.object({
        of: z.enum(['projection', 'invoices']).meta({ description: 'What was verified' }),
        state: z.enum(['waiting', 'holds', 'broken', 'never']).meta({
          description:
            'waiting: somebody asked, and it has not ended yet; holds or broken: what was found last; never: none has ended, and nobody asked',
        }),
        requestedAt: instantOut
          .nullable()
          .meta({ description: 'When somebody last asked; null: nobody did' }),
        verifiedAt: instantOut
          .nullable()
          .meta({ description: 'When the last one began; null: there was none' }),
        difference: z.string().nullable().meta({
          description: 'The first thing that is wrong; null: nothing, or the key is limited to tenants',
        }),
        mend: z.string().nullable().meta({ description: 'What to do about it' }),
      }),
    ),
  })
  .meta({
    id: 'Verification',
    examples: [
      {
        items: [
          {
            ...{ of: 'projection', state: 'holds', requestedAt: null, difference: null, mend: null },
            verifiedAt: '2026-11-27T12:00:00.000Z',
          },
        ],
      },
    ],
  });

const config = { scope: 'ops' } as const;
const tags = ['Operations'];

/** Whether everything holds together, as the service verifies every hour. Contract section 7, Operations. */
export function verificationRoutes(app: App, { db, clock }: Pick<AppDeps, 'db' | 'clock'>): void {
  app.get(
    '/v1/ops/verification',
    {
      config,
      schema: {
        tags,
        operationId: 'getVerification',
        summary: 'What the last verification of projection and invoices found',
        response: { 200: answer, ...problemResponses('invalid-request') },
      },
    },
    async ({ key }) => ({ items: (await readVerifications(db)).map((one) => show(one, key)) }),
  );
  app.post(
    '/v1/ops/verification',
    {
      config,
      schema: {
        tags,
        operationId: 'requestVerification',
        summary: 'Verify now, beside everything that goes on',
        description:
          'It is done every hour anyway. A process with the role `projector` takes it up within seconds; the first time, and after something was wrong, all is verified, later what came since.',
        response: { 202: answer.describe('Asked for'), ...problemResponses('invalid-request') },
      },
    },
    async ({ key }, reply) => {
      await requestVerification(db, clock());
      return reply.code(202).send({ items: (await readVerifications(db)).map((one) => show(one, key)) });
    },
  );
}

/** What is wrong may name tenants: a key that is limited to some learns that there is something. */
function show({ of, requestedAt, verifiedAt, holds, difference, mend }: Verification, key: Key) {
  const isWaiting = requestedAt !== null && requestedAt > (verifiedAt ?? 0);
  const state = isWaiting ? 'waiting' : holds === null ? 'never' : holds ? 'holds' : 'broken';
  const iso = (at: number | null) => (at === null ? null : isoInstant(at));
  return {
    ...({ of, state, requestedAt: iso(requestedAt), verifiedAt: iso(verifiedAt) } as const),
    ...(key.tenants === null ? { difference, mend } : { difference: null, mend: null }),
  };
}
