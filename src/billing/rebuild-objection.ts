import type { Kysely } from 'kysely';
import { refuse } from '../domain/refusal.ts';
import { say } from '../domain/sentences.ts';
import type { Key } from '../keys/rights.ts';
import type { Objection } from '../projection/rebuild/promote.ts';
import type { Rebuild } from '../projection/rebuild/state.ts';
import type { Tables } from '../store/tables.ts';
import { finalPeriods } from './made-invoices.ts';

/** Only who may change finance promotes a rebuild, or rolls it back, that changes what finance stands on. */
export function financeObjection({ scopes }: Pick<Key, 'scopes'>): Objection {
  return async (db, rebuild) => {
    if (scopes.has('billing:write') || !(await touchesFinance(db, rebuild))) return null;
    return refuse(
      'forbidden-scope',
      say("Final periods or tenants' rules change with it: this needs a key with the scope billing:write."),
    );
  };
}

/** Whether windows of a period with a standing invoice would change, or rules of tenants. */
async function touchesFinance(db: Kysely<Tables>, { rules, comparison }: Rebuild): Promise<boolean> {
  const { count = 0, items = [] } = comparison?.differences ?? {};
  // What is beyond the list may be anywhere.
  if (rules !== null || count > items.length) return true;
  for (const { tenant, period } of items) {
    if (tenant !== null && period !== null && (await finalPeriods(db, tenant)).includes(period)) return true;
  }
  return false;
}
