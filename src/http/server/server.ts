import fastify, {
  type FastifyBaseLogger,
  type FastifyHttpOptions,
  LogController,
  type RawServerDefault,
} from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Limits } from '../../config.ts';
import type { Metrics } from '../../metrics.ts';
import type { App } from '../deps.ts';
import { delayContinue } from './body.ts';
import { limitConnections, QUIET_MS } from './connections.ts';
import { answerError, handleClientError, handleErrors } from './errors.ts';
import { readJsonBodies } from './json-body.ts';
import { handleUnknown } from './not-found.ts';
import { addRequestHooks } from './request-hooks.ts';
import { requestIdOf } from './request-id.ts';
import { schemaValidator } from './schema-faults.ts';

/**
 * Limits of the server, in ms and bytes. There is no limit on the time a handler takes: what it waits for (log,
 * database) has its own, and a stream of a million lines may take minutes.
 */
const LIMITS = {
  bodyLimit: 1_048_576,
  /** Without a byte in or out; connections.ts looks whether anybody is at fault. */
  connectionTimeout: QUIET_MS,
  /** For the whole request to arrive. */
  requestTimeout: 30_000,
  /** More than the 60 s after which usual load balancers drop an idle connection. */
  keepAliveTimeout: 65_000,
  http: {
    headersTimeout: 10_000,
    /** How often the two timeouts above are looked at; Node's default is as long as the longer one. */
    connectionsCheckingInterval: 2_000,
    maxHeaderSize: 16_384,
    // request-hooks.ts answers with a problem document instead.
    requireHostHeader: false,
  },
  routerOptions: { maxParamLength: 512 },
} satisfies FastifyHttpOptions<RawServerDefault>;

interface ServerOptions {
  limits: Pick<Limits, 'connections'>;
  logger: FastifyBaseLogger | false;
  metrics: Metrics;
}

/** A server without routes whose every error is a problem document. */
export function createServer({ logger, metrics, limits }: ServerOptions): App {
  const app = fastify({
    ...LIMITS,
    ...(logger === false ? { logger: false } : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    // The header is looked at there: what it says is not always good for a name.
    requestIdHeader: false,
    genReqId: requestIdOf,
    // The framework's own 503 is not a problem document; request-hooks.ts answers instead.
    return503OnClosing: false,
    frameworkErrors: answerError,
    clientErrorHandler: handleClientError,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(schemaValidator);
  app.setSerializerCompiler(serializerCompiler);
  limitConnections(app, limits.connections);
  handleErrors(app);
  handleUnknown(app);
  addRequestHooks(app, metrics);
  delayContinue(app);
  readJsonBodies(app);
  return app;
}
