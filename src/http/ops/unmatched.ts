import { z } from 'zod';
import { isoInstant } from '../../domain/instant.ts';
import { readUnmatched, type ShownUnmatched } from '../../health/unmatched.ts';
import { tenantsOf } from '../../keys/rights.ts';
import { instantOut } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { problemResponses } from '../problems/problem.ts';

const answer = z
  .object({
    from: instantOut.nullable().meta({ description: 'Received from then on; null: nothing is judged yet' }),
    to: instantOut.nullable().meta({ description: 'And before then' }),
    events: z.int().meta({ description: 'All of them, of the tenants of the key' }),
    items: z
      .array(
        z.object({
          tenant: z.string(),
          type: z.string().meta({ description: 'Of the receipts, or `event.voided`' }),
          events: z.int(),
        }),
      )
      .meta({ description: 'By tenant and type, those with the most first, at most 1,000' }),
  })
  .meta({
    id: 'Unmatched',
    examples: [
      {
        ...{ from: '2026-11-27T10:00:00.000Z', to: '2026-11-27T11:00:00.000Z', events: 3 },
        items: [{ tenant: 'acme', type: 'message.failed', events: 3 }],
      },
    ],
  });

/** Receipts and voids that apply to nothing, of all tenants. Contract section 3, Operations. */
export function unmatchedRoutes(app: App, { db }: Pick<AppDeps, 'db'>): void {
  app.get(
    '/v1/ops/unmatched',
    {
      config: { scope: 'ops' },
      schema: {
        tags: ['Operations'],
        operationId: 'getUnmatched',
        summary: 'Receipts and voids that applied to nothing an hour after they came, by tenant',
        description:
          'Of what was received between one hour ago and two; each five minutes are judged once, when they are an hour old. `GET /v1/tenants/{tenant}/events?state=unmatched` shows each of them, of whatever age, as it is now.',
        response: { 200: answer, ...problemResponses('invalid-request') },
      },
    },
    async ({ key }) => show(await readUnmatched(db), tenantsOf(key)),
  );
}

function show({ from, to, events, items }: ShownUnmatched, tenants: readonly string[] | null) {
  const iso = (at: number | null) => (at === null ? null : isoInstant(at));
  const span = { from: iso(from), to: iso(to) };
  if (tenants === null) return { ...span, events, items };
  const own = items.filter(({ tenant }) => tenants.includes(tenant));
  return { ...span, events: own.reduce((all, one) => all + one.events, 0), items: own };
}
