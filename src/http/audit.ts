import { z } from 'zod';
import { listAudit } from '../store/audit.ts';
import { tenantsOf } from './auth.ts';
import type { App, AppDeps } from './deps.ts';
import { decodeCursor, pageOf, pageQuery, toPage } from './page.ts';
import { problemResponses } from './problem.ts';
import { instantOut, isoInstant, token } from './schemas.ts';

const SUBJECTS = ['tenant', 'plan', 'subscription', 'manual-line', 'invoice', 'key', 'rebuild'] as const;

const entrySchema = z
  .object({
    id: z.int(),
    at: instantOut,
    actor: z.string().meta({ description: 'Id of the API key' }),
    subjectType: z.enum(SUBJECTS),
    subject: z.string(),
    tenant: z.string().nullable(),
    action: z.string(),
    before: z.unknown().meta({ description: 'null: it did not exist' }),
    after: z.unknown().meta({ description: 'null: it is gone' }),
  })
  .meta({ id: 'AuditEntry' });

const cursorKey = z.tuple([z.int()]);

/** Who changed what, newest first. */
export function auditRoutes(app: App, { db }: AppDeps): void {
  app.get(
    '/v1/audit',
    {
      config: { scope: 'billing:read' },
      schema: {
        tags: ['Finance'],
        summary: 'Who changed which tenant, plan, subscription, invoice or key, newest first',
        querystring: z.strictObject({
          subjectType: z.enum(SUBJECTS).optional(),
          subject: z.string().optional(),
          tenant: token.optional(),
          ...pageQuery,
        }),
        response: { 200: pageOf(entrySchema), ...problemResponses('invalid-request', 'invalid-cursor') },
      },
    },
    async ({ query: { limit, cursor, ...filter }, key }) => {
      const [before] = cursor === undefined ? [null] : decodeCursor(cursor, cursorKey);
      const rows = await listAudit(db, filter, tenantsOf(key), { before, limit: limit + 1 });
      return toPage(
        rows,
        limit,
        ({ at, ...entry }) => ({ ...entry, at: isoInstant(at) }),
        ({ id }) => [id],
      );
    },
  );
}
