import { auditRoutes } from './audit.ts';
import type { App, AppDeps } from './deps.ts';
import { invoiceChangeRoutes } from './invoice-changes.ts';
import { invoiceRoutes } from './invoices.ts';
import { lineItemRoutes } from './line-items.ts';
import { lineWindowRoutes } from './line-windows.ts';
import { manualLineRoutes } from './manual-lines.ts';
import { planRoutes } from './plans.ts';
import { subscriptionRoutes } from './subscriptions.ts';

const RESOURCES = [
  planRoutes,
  subscriptionRoutes,
  manualLineRoutes,
  invoiceRoutes,
  invoiceChangeRoutes,
  lineWindowRoutes,
  lineItemRoutes,
  auditRoutes,
];

/** Plans, subscriptions, invoices, and who changed what. */
export function financeRoutes(app: App, deps: AppDeps): void {
  for (const resource of RESOURCES) resource(app, deps);
}
