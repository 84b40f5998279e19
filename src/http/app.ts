import { findActiveKey } from '../store/keys.ts';
import { authenticate } from './auth.ts';
import { conversationRoutes } from './conversation.ts';
import { waitForReceipts } from './counted.ts';
import type { App, AppDeps } from './deps.ts';
import { documentation } from './docs.ts';
import { eventListRoutes } from './event-list.ts';
import { eventRoutes } from './events.ts';
import { explanationRoutes } from './explanations.ts';
import { financeRoutes } from './finance.ts';
import { healthRoutes } from './health.ts';
import { keyRoutes } from './keys.ts';
import { opsProjectionRoutes } from './ops-projection.ts';
import { problemPages } from './problem-pages.ts';
import { refuseUnknownQueries } from './query.ts';
import { rebuildRoutes } from './rebuilds.ts';
import { createServer } from './server.ts';
import { tenantRoutes } from './tenants.ts';
import { usageRoutes } from './usage.ts';
import { windowRoutes } from './windows.ts';

/** Registers the routes of one resource. */
type Resource = (app: App, deps: AppDeps) => void;

/** Everything behind a key, in the order of the API description. */
const RESOURCES: readonly Resource[] = [
  eventRoutes,
  usageRoutes,
  windowRoutes,
  explanationRoutes,
  eventListRoutes,
  conversationRoutes,
  tenantRoutes,
  opsProjectionRoutes,
  rebuildRoutes,
  financeRoutes,
  keyRoutes,
];

/** The HTTP API, not yet listening. */
export async function buildApp(deps: AppDeps): Promise<App> {
  const app = createServer(deps);
  await documentation(app);
  healthRoutes(app, deps);
  problemPages(app);
  app.register((api: App, _options, done) => {
    authenticate(api, {
      adminKey: deps.adminKey,
      findKey: async (secretHash) => await findActiveKey(deps.db, secretHash),
    });
    waitForReceipts(api, deps);
    refuseUnknownQueries(api);
    for (const resource of RESOURCES) resource(api, deps);
    done();
  });
  await app.ready();
  return app;
}
