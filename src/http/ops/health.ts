import { z } from 'zod';
import { verbatim } from '../../domain/sentences.ts';
import type { App, AppDeps } from '../deps.ts';
import { Problem, problemResponses, retryAfter } from '../problems/problem.ts';

/** For load balancers and orchestrators; open to all. */
export function healthRoutes(app: App, { readiness }: Pick<AppDeps, 'readiness'>): void {
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
        throw new Problem('not-ready', verbatim(detail), { headers: retryAfter(1), members: { checks } });
      }
      return { status: 'ready' as const, checks: checks.map(({ name }) => name) };
    },
  );
}

/** For Prometheus; open to all. */
export function metricsRoute(app: App, { metrics, readiness }: Pick<AppDeps, 'metrics' | 'readiness'>): void {
  const text = kept(METRICS_KEPT_MS, async () => {
    const checks = await readiness();
    metrics.unready.reset();
    for (const { name, ok } of checks) metrics.unready.set({ check: name }, ok ? 0 : 1);
    return await metrics.registry.metrics();
  });
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
      reply.type(metrics.registry.contentType);
      return await text();
    },
  );
}

/** Open to all and not cheap: whoever asks more often gets the same again. */
const METRICS_KEPT_MS = 1_000;

/** Makes what is asked for at most once in so long, also for those who ask at the same time; a failure is not kept. */
function kept<T>(ms: number, make: () => Promise<T>): () => Promise<T> {
  let last: { at: number; value: Promise<T> } | null = null;
  return () => {
    const now = performance.now();
    if (last === null || now - last.at >= ms) {
      const made = { at: now, value: make() };
      last = made;
      made.value.catch(() => {
        if (last === made) last = null;
      });
    }
    return last.value;
  };
}
