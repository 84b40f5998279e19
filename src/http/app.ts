import { createKeyUse } from '../keys/key-use.ts';
import { findKeyBySecret } from '../keys/keys.ts';
import { connectionRoutes } from './connections/connections.ts';
import { payloadDeps } from './connections/payload-deps.ts';
import { unmappedRoutes } from './connections/unmapped.ts';
import { webhookRoutes as payloadRoutes } from './connections/webhook.ts';
import { limitReads } from './conventions/read-lanes.ts';
import { refuseUnknownQueries } from './conventions/schemas.ts';
import { waitForReceipts } from './conventions/wait-for-receipts.ts';
import type { App, AppDeps } from './deps.ts';
import { createIntakeRoom, type IntakeRoom } from './events/admission.ts';
import { eventListRoutes } from './events/event-list.ts';
import { eventRoutes } from './events/post-events.ts';
import { auditRoutes } from './finance/audit.ts';
import { creditRoutes } from './finance/credit.ts';
import { invoiceRunRoutes } from './finance/invoice-runs.ts';
import { invoiceChangeRoutes, invoiceNoteRoutes, invoiceRoutes } from './finance/invoices.ts';
import { lineItemRoutes } from './finance/line-items.ts';
import { lineWindowRoutes } from './finance/line-windows.ts';
import { manualLineRoutes } from './finance/manual-lines.ts';
import { planRoutes } from './finance/plans.ts';
import { subscriptionRoutes } from './finance/subscriptions.ts';
import { authenticate, noteRefusals } from './keys/auth.ts';
import { keyRoutes } from './keys/keys.ts';
import { createKnownKeys, type KnownKeys } from './keys/known-keys.ts';
import { limitRequests } from './keys/rate-limits.ts';
import { recordRefusals } from './keys/refusals.ts';
import { healthRoutes, metricsRoute } from './ops/health.ts';
import { logLevelRoutes } from './ops/log-level.ts';
import { opsProjectionRoutes } from './ops/projection-state.ts';
import { rebuildRoutes } from './ops/rebuilds.ts';
import { unmatchedRoutes } from './ops/unmatched.ts';
import { verificationRoutes } from './ops/verification.ts';
import { pages } from './page/pages.ts';
import { portalLinkRoutes } from './page/portal-links.ts';
import { erasureRoutes } from './privacy/erasures.ts';
import { personalDataRoutes } from './privacy/personal-data.ts';
import { problemPages } from './problems/problem-pages.ts';
import { documentation } from './server/docs.ts';
import { createServer } from './server/server.ts';
import { contactLinkRoutes } from './tenants/contact-links.ts';
import { tenantRoutes } from './tenants/tenants.ts';
import { usageRoutes } from './usage/usage.ts';
import { deliveryRoutes } from './webhooks/deliveries.ts';
import { thresholdRoutes } from './webhooks/thresholds.ts';
import { webhookRoutes } from './webhooks/webhooks.ts';
import { conversationRoutes } from './windows/conversation.ts';
import { explanationRoutes } from './windows/explanation.ts';
import { windowRoutes } from './windows/windows.ts';

/** Registers the routes of one resource. */
type Resource = (app: App, deps: AppDeps & IntakeRoom) => void;

/** Everything behind a key, in the order of the API description. */
const RESOURCES: readonly Resource[] = [
  eventRoutes,
  onReplica(usageRoutes),
  onReplica(windowRoutes),
  onReplica(explanationRoutes),
  onReplica(eventListRoutes),
  onReplica(conversationRoutes),
  contactLinkRoutes,
  connectionRoutes,
  (app, deps) => unmappedRoutes(app, payloadDeps(app, deps)),
  erasureRoutes,
  personalDataRoutes,
  tenantRoutes,
  portalLinkRoutes,
  opsProjectionRoutes,
  rebuildRoutes,
  logLevelRoutes,
  unmatchedRoutes,
  verificationRoutes,
  financeRoutes,
  webhookRoutes,
  deliveryRoutes,
  thresholdRoutes,
  keyRoutes,
];

/** Its reads go to a replica, where there is one. It changes nothing. */
function onReplica(resource: Resource): Resource {
  return (app, deps) => {
    app.addHook('onRoute', (route) => {
      route.config = { ...route.config, readsReplica: true };
    });
    resource(app, { ...deps, db: deps.readDb, slowDb: deps.slowReadDb });
  };
}

/** The HTTP API, not yet listening. */
export async function buildApp(given: AppDeps): Promise<App> {
  const deps = { ...given, ...createIntakeRoom(given.limits) };
  const app = createServer(deps);
  await documentation(app);
  healthRoutes(app, deps);
  if (deps.metricsHere) metricsRoute(app, deps);
  problemPages(app);
  const keys = createKnownKeys({
    adminKeys: deps.adminKeys,
    findKey: async (secretHash) => await findKeyBySecret(deps.keysDb, secretHash),
  });
  // One for all doors: whoever tries is to fill no disk.
  const refusals = recordRefusals(app.log);
  app.addHook('onClose', async () => refusals.stop());
  pages(app, { ...deps, keys, refused: refusals.note });
  app.register((api: App, _options, done) => {
    noteRefusals(api, refusals.note);
    payloadRoutes(api, payloadDeps(api, deps));
    done();
  });
  app.register((api: App, _options, done) => {
    noteRefusals(api, refusals.note);
    authenticateKeys(api, deps, keys);
    limitRequests(api, deps.limits);
    waitForReceipts(api, deps);
    limitReads(api);
    refuseUnknownQueries(api);
    // Each in a scope of its own: what one of them takes or hooks is no business of the others.
    for (const resource of RESOURCES)
      api.register((own: App, _options, ready) => {
        resource(own, deps);
        ready();
      });
    done();
  });
  await app.ready();
  return app;
}

function authenticateKeys(app: App, { db, clock }: AppDeps, keys: KnownKeys): void {
  const use = createKeyUse({
    db,
    onError: (error) => app.log.warn({ err: error }, 'when keys were last used could not be written'),
  });
  app.addHook('onClose', async () => await use.stop());
  authenticate(app, { keys, clock, used: use.note });
}

const FINANCE_RESOURCES = [
  planRoutes,
  subscriptionRoutes,
  creditRoutes,
  manualLineRoutes,
  invoiceRoutes,
  invoiceChangeRoutes,
  invoiceNoteRoutes,
  invoiceRunRoutes,
  lineWindowRoutes,
  lineItemRoutes,
  auditRoutes,
];

/** Plans, subscriptions, invoices, and who changed what. */
function financeRoutes(app: App, deps: AppDeps): void {
  for (const resource of FINANCE_RESOURCES) resource(app, deps);
}

/**
 * How the process is, and its metrics: for one without the role `api`, which can still be asked by whoever runs it, and
 * where metrics have a port of their own.
 */
export async function buildHealthApp(
  deps: Pick<AppDeps, 'metrics' | 'readiness' | 'logger' | 'limits'>,
): Promise<App> {
  const app = createServer(deps);
  healthRoutes(app, deps);
  metricsRoute(app, deps);
  return app;
}
