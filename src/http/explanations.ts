import { z } from 'zod';
import { type ReadSnapshot, readSnapshot } from '../store/read/snapshot.ts';
import { findWindow } from '../store/read/windows.ts';
import { tenantSettings } from '../store/tenants.ts';
import type { App, AppDeps } from './deps.ts';
import { type Explanation, explain, explainRemoved, explanationSchema } from './explain.ts';
import { Problem, problemResponses } from './problem.ts';
import { tenantParams } from './schemas.ts';
import { WINDOW_ID, windowIdParts } from './window-item.ts';

const params = tenantParams.extend({ id: z.string().regex(WINDOW_ID, 'must be the id of a window') });

/** Why there is a window. Contract section 3, "Windows, events, explanations". */
export function explanationRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/v1/tenants/:tenant/windows/:id',
    {
      config: { scope: 'usage:read' },
      schema: {
        tags: ['Windows'],
        summary: 'Explain a window: who opened it, what was inside, what failed or was voided',
        params,
        response: {
          200: explanationSchema,
          ...problemResponses('invalid-request', 'not-found'),
        },
      },
    },
    async ({ params: { tenant, id } }): Promise<Explanation> => {
      const read = async (snapshot: ReadSnapshot) => {
        const settings = await tenantSettings(snapshot.db, [tenant], deps.defaultTimeZone);
        const calendar = settings.get(tenant)?.calendar;
        if (calendar === undefined) throw new Error('a tenant without settings');
        const window = await findWindow(snapshot, tenant, windowIdParts(id));
        if (window !== undefined) return await explain(snapshot, calendar, window);
        const removed = (await deps.billing?.removedWindow(snapshot, tenant, id)) ?? null;
        if (removed === null) throw new Problem('not-found', 'The tenant has no window of this id.');
        return await explainRemoved(snapshot, calendar, removed);
      };
      return await readSnapshot(deps.db, read, { byIndex: true });
    },
  );
}
