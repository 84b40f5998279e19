import { finalPeriods } from './billing/standing.ts';
import type { TenantHooks } from './http/deps.ts';
import { hasEvents, recountTenant } from './projection/recount.ts';

/** What changing a tenant asks of the projection and of finance. */
export const tenantHooks: TenantHooks = {
  hasEvents,
  recountTenant,
  finalPeriods,
};
