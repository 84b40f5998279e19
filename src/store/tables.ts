import type { BillingTables } from './billing-tables.ts';
import type { FinanceTables } from './finance-tables.ts';
import type { LogTables } from './log-tables.ts';
import type { ProjectionCurrentTable } from './projection-tables.ts';
import type { RebuildTables } from './rebuild-tables.ts';

/**
 * Every table outside the projection schemas, by its qualified name. The tables of a projection schema are not here:
 * which schema is live is read inside each transaction.
 */
export interface Tables extends BillingTables, FinanceTables, LogTables, RebuildTables {
  'public.projection_current': ProjectionCurrentTable;
}
