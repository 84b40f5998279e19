import { z } from 'zod';
import { putTenant, type TenantDeps } from '../../billing/change-tenant.ts';
import { say } from '../../domain/sentences.ts';
import { tenantsOf } from '../../keys/rights.ts';
import { findTenant, listTenants, showTenant, type Tenant } from '../../store/tenants.ts';
import { decodeCursor, largePage, pageOf, pageQuery } from '../conventions/page.ts';
import { tenantParams } from '../conventions/schemas.ts';
import type { App } from '../deps.ts';
import { type AffectsDeps, affects, affectsOrUnknown, changeQuery } from '../finance/affects.ts';
import { Problem, problemResponses, valueFrom } from '../problems/problem.ts';
import { tenantChange, tenantSchema } from './tenant-schemas.ts';

const changedTenant = tenantSchema
  .extend({ affects: affectsOrUnknown.optional() })
  .meta({ id: 'ChangedTenant' });
const cursorKey = z.tuple([z.string()]);

const tags = ['Tenants'];

/** Registered tenants. */
export function tenantRoutes(app: App, deps: TenantDeps & AffectsDeps): void {
  app.get(
    '/v1/tenants',
    {
      config: { scope: 'billing:read' },
      schema: {
        tags,
        operationId: 'listTenants',
        summary: 'List registered tenants',
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(tenantSchema), ...problemResponses('invalid-request', 'invalid-cursor') },
      },
    },
    async ({ query: { limit, cursor }, key }) => {
      const [after] = cursor === undefined ? [''] : decodeCursor(cursor, cursorKey);
      return await largePage(
        limit,
        (last: Tenant | null, most) =>
          listTenants(deps.db, tenantsOf(key), { after: last?.tenant ?? after, limit: most }),
        showTenant,
        ({ tenant }) => [tenant],
      );
    },
  );

  app.get(
    '/v1/tenants/:tenant',
    {
      config: { scope: 'billing:read' },
      schema: {
        tags,
        operationId: 'getTenant',
        summary: 'One tenant',
        params: tenantParams,
        response: { 200: tenantSchema, ...problemResponses('invalid-request', 'not-found') },
      },
    },
    async ({ params }) => {
      const tenant = await findTenant(deps.db, params.tenant);
      if (tenant === null) throw new Problem('not-found', say('Nobody has registered this tenant.'));
      return showTenant(tenant);
    },
  );

  putTenantRoute(app, deps);
}

function putTenantRoute(app: App, deps: TenantDeps & AffectsDeps): void {
  app.put(
    '/v1/tenants/:tenant',
    {
      config: { scope: 'billing:write' },
      schema: {
        tags,
        operationId: 'putTenant',
        summary: 'Register or change a tenant; members left out keep their value',
        params: tenantParams,
        querystring: changeQuery,
        body: tenantChange,
        response: {
          200: changedTenant,
          201: changedTenant,
          ...problemResponses(
            'invalid-request',
            'not-json',
            'rule-in-the-past',
            'projection-behind',
            'period-final',
            'log-unavailable',
          ),
        },
      },
    },
    async (request, reply) => {
      const { params, query, body, key } = request;
      const { tenant, created, was } = valueFrom(await putTenant(deps, params.tenant, body, key, query));
      return reply.code(created && query.dryRun !== true ? 201 : 200).send({
        ...showTenant(tenant),
        ...(was === null ? {} : { affects: await affects(deps, was, request) }),
      });
    },
  );
}
