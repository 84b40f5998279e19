import fastify from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { App, AppDeps } from './deps.ts';
import { answerError, handleClientError, handleErrors } from './errors.ts';
import { guardRequests } from './guard.ts';
import { healthRoutes } from './health.ts';
import { handleUnknown } from './not-found.ts';

/** For a process without the role `api`: it can still be asked how it is, by whoever runs it. */
export async function buildHealthApp(deps: Pick<AppDeps, 'metrics' | 'readiness' | 'logger'>): Promise<App> {
  const app = fastify({
    ...(deps.logger === false ? { logger: false } : { loggerInstance: deps.logger }),
    disableRequestLogging: true,
    frameworkErrors: answerError,
    clientErrorHandler: handleClientError,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  handleErrors(app);
  handleUnknown(app);
  guardRequests(app, deps.metrics);
  healthRoutes(app, deps);
  return app;
}
