import type { App, AppDeps } from './deps.ts';
import { healthRoutes } from './health.ts';
import { createServer } from './server.ts';

/** For a process without the role `api`: it can still be asked how it is, by whoever runs it. */
export async function buildHealthApp(deps: Pick<AppDeps, 'metrics' | 'readiness' | 'logger'>): Promise<App> {
  const app = createServer(deps);
  healthRoutes(app, deps);
  return app;
}
