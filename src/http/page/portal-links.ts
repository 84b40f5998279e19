/** What a platform puts behind its own button: a link that shows one tenant its pages until it ends. */

import { z } from 'zod';
import { LANGUAGES } from '../../domain/description.ts';
import { isoInstant } from '../../domain/instant.ts';
import { createPortalLink } from '../../keys/portal-links.ts';
import { findTenant } from '../../store/tenants.ts';
import { instantOut, madeAt, tenantParams } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { problemResponses } from '../problems/problem.ts';
import { path } from './shell/ask.ts';
import { isHttps } from './shell/sign-in.ts';

/** A day: a link is made anew for each visit. */
const MOST_MINUTES = 1_440;

const newLink = z
  .strictObject({
    minutes: z
      .int()
      .min(1)
      .max(MOST_MINUTES)
      .default(60)
      .meta({ description: 'How long it is good; never longer than the key that makes it' }),
    invoices: z.boolean().default(true).meta({ description: 'Whether it shows amounts and invoices' }),
    language: z.enum(LANGUAGES).optional().meta({ description: "Of its pages; default: the tenant's" }),
  })
  .meta({ id: 'NewPortalLink', examples: [{ minutes: 60, invoices: true, language: 'pt-BR' }] });

const linkSchema = z
  .object({
    url: z.string().meta({
      description: 'Opens the pages of the tenant; whoever has it sees them',
      example: 'https://janela.example/portal/qX0b3kqzT0c0pP1m0d6b1l2n7S0m8Vh5J3yY9wqkq0E',
    }),
    tenant: z.string(),
    expiresAt: instantOut.meta({ description: 'From then on the link shows nothing' }),
  })
  .meta({ id: 'PortalLink' });

/** Contract section 7, portal links. */
export function portalLinkRoutes(app: App, { db, clock }: Pick<AppDeps, 'db' | 'clock'>): void {
  app.post(
    '/v1/tenants/:tenant/portal-links',
    {
      config: { scope: 'portal' },
      schema: {
        tags: ['Tenants'],
        operationId: 'createPortalLink',
        summary: 'Make a link that shows a tenant its own pages, until it ends',
        params: tenantParams,
        body: newLink,
        response: { 201: madeAt(linkSchema, 'Made'), ...problemResponses('invalid-request', 'not-json') },
      },
    },
    async (request, reply) => {
      const { tenant } = request.params;
      const { minutes, invoices, language } = request.body;
      const { key } = request;
      const at = clock();
      const expiresAt = Math.min(at + minutes * 60_000, key.expiresAt ?? Number.POSITIVE_INFINITY);
      const known = language ?? (await findTenant(db, tenant))?.language ?? 'pt-BR';
      const token = await createPortalLink(
        db,
        { tenant, invoices, language: known, expiresAt },
        { by: key, at },
      );
      const url = `${isHttps(request) ? 'https' : 'http'}://${request.host}${path`/portal/${token}`}`;
      return reply
        .code(201)
        .header('location', path`/portal/${token}`)
        .send({ url, tenant, expiresAt: isoInstant(expiresAt) });
    },
  );
}
