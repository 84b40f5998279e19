import type { TenantHooks } from './http/deps.ts';
import { currentSchema, projectionIn } from './projection/schema.ts';

/** What changing a tenant asks of the projection and of finance. */
export const tenantHooks: TenantHooks = {
  async hasEvents(transaction, tenant) {
    const found = await projectionIn(transaction, await currentSchema(transaction))
      .selectFrom('conversations')
      .select('conversation')
      .where('tenant', '=', tenant)
      .limit(1)
      .executeTakeFirst();
    return found !== undefined;
  },
  recountTenant: () =>
    Promise.reject(new Error('counting a tenant again after its zone changed is not there yet')),
  finalPeriods: async () => [],
};
