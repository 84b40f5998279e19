import fastify, { type FastifyHttpOptions, LogController, type RawServerDefault } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { findActiveKey } from '../store/keys.ts';
import { auditRoutes } from './audit.ts';
import { authenticate } from './auth.ts';
import { conversationRoutes } from './conversation.ts';
import { waitForReceipts } from './counted.ts';
import type { App, AppDeps } from './deps.ts';
import { documentation } from './docs.ts';
import { answerError, handleClientError, handleErrors } from './errors.ts';
import { eventListRoutes } from './event-list.ts';
import { eventRoutes } from './events.ts';
import { explanationRoutes } from './explanations.ts';
import { guardRequests } from './guard.ts';
import { healthRoutes } from './health.ts';
import { readJsonBodies } from './json-body.ts';
import { keyRoutes } from './keys.ts';
import { handleUnknown } from './not-found.ts';
import { opsProjectionRoutes } from './ops-projection.ts';
import { planRoutes } from './plans.ts';
import { problemPages } from './problem-pages.ts';
import { subscriptionRoutes } from './subscriptions.ts';
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
  planRoutes,
  subscriptionRoutes,
  auditRoutes,
  keyRoutes,
];

/**
 * Limits of the server, in ms and bytes. There is no limit on the time a handler takes: what it waits for (log,
 * database) has its own, and a stream of a million lines may take minutes.
 */
const LIMITS = {
  bodyLimit: 1_048_576,
  /** For the whole request to arrive. */
  requestTimeout: 30_000,
  /** More than the 60 s after which usual load balancers drop an idle connection. */
  keepAliveTimeout: 65_000,
  http: { headersTimeout: 10_000, maxHeaderSize: 16_384, requireHostHeader: false },
  routerOptions: { maxParamLength: 512 },
} satisfies FastifyHttpOptions<RawServerDefault>;

/** The HTTP API, not yet listening. */
export async function buildApp(deps: AppDeps): Promise<App> {
  const app = fastify({
    ...LIMITS,
    ...(deps.logger === false ? { logger: false } : { loggerInstance: deps.logger }),
    logController: new LogController({ disableRequestLogging: true }),
    // The framework's own 503 is not a problem document; guard.ts answers instead.
    return503OnClosing: false,
    frameworkErrors: answerError,
    clientErrorHandler: handleClientError,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  handleErrors(app);
  handleUnknown(app);
  guardRequests(app, deps.metrics);
  readJsonBodies(app);
  await documentation(app);
  healthRoutes(app, deps);
  problemPages(app);
  app.register((api: App, _options, done) => {
    authenticate(api, {
      adminKey: deps.adminKey,
      findKey: async (secretHash) => await findActiveKey(deps.db, secretHash),
    });
    waitForReceipts(api, deps);
    for (const resource of RESOURCES) resource(api, deps);
    done();
  });
  await app.ready();
  return app;
}
