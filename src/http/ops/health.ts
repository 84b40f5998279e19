import { z } from 'zod';
import type { App, AppDeps } from '../deps.ts';
import { Problem, problemResponses, retryAfter } from '../problems/problem.ts';

/** For load balancers, orchestrators and Prometheus; open to all. */
export function healthRoutes(app: App, { metrics, readiness }: Pick<AppDeps, 'metrics' | 'readiness'>): void {
  app.get(
    '/healthz',
    {
      schema: {
        tags: ['Health'],
        operationId: 'getHealth',
        summary: 'Whether the process is alive',
        response: { 200: z.object({ status: z.literal('alive') }) },
      },
    },
    async () => ({ status: 'alive' as const }),
  );
  app.get(
    '/readyz',
    {
      schema: {
        tags: ['Health'],
        operationId: 'getReadiness',
        summary: 'Whether requests should be sent here',
        response: {
          200: z.object({ status: z.literal('ready'), checks: z.array(z.string()) }),
          ...problemResponses('not-ready'),
        },
      },
    },
    async () => {
      const checks = await readiness();
      const failed = checks.filter(({ ok }) => !ok);
      if (failed.length > 0) {
        const detail = failed.map((check) => `${check.name}: ${check.detail ?? 'not in order'}`).join('; ');
        throw new Problem('not-ready', detail, { headers: retryAfter(1), members: { checks } });
      }
      return { status: 'ready' as const, checks: checks.map(({ name }) => name) };
    },
  );
  app.get(
    '/metrics',
    {
      schema: {
        tags: ['Health'],
        operationId: 'getMetrics',
        summary: 'Metrics in the format of Prometheus',
        response: { 200: { description: 'Metrics', content: { 'text/plain': { schema: z.string() } } } },
      },
    },
    async (_request, reply) => {
      const checks = await readiness();
      metrics.unready.reset();
      for (const { name, ok } of checks) metrics.unready.set({ check: name }, ok ? 0 : 1);
      reply.type(metrics.registry.contentType);
      return await metrics.registry.metrics();
    },
  );
}
