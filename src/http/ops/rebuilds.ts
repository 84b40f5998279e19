import type { Kysely } from 'kysely';
import { z } from 'zod';
import { finalPeriods } from '../../billing/made-invoices.ts';
import type { Key } from '../../keys/keys.ts';
import { promoteRebuild, rollBackRebuild } from '../../projection/rebuild/promote.ts';
import { discardRebuild, startRebuild } from '../../projection/rebuild/start.ts';
import { findRebuild, listRebuilds, type Rebuild } from '../../projection/rebuild/state.ts';
import type { Tables } from '../../store/tables.ts';
import { showTenant } from '../../store/tenants.ts';
import { decodeCursor, pageOf, pageQuery, toPage } from '../conventions/page.ts';
import { madeAt } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { Problem, problemResponses } from '../problems/problem.ts';
import { rebuildSchema, showRebuild } from './rebuild-answer.ts';
import { acceptance, newRebuild, otherRulesIn, refuseSlip } from './rebuild-input.ts';
import { whyNotPromoted, whyNotRolledBack } from './rebuild-refusals.ts';

const LARGEST_ID = 2_147_483_647;
const params = z.object({ id: z.string() });
const cursorKey = z.tuple([z.int().min(1).max(LARGEST_ID)]);

/** Rebuilds of the projection. Contract section 3, Operations. */
export function rebuildRoutes(
  app: App,
  deps: Pick<AppDeps, 'db' | 'pool' | 'clock' | 'partitions' | 'logEnds' | 'defaultTimeZone'>,
): void {
  const { db, clock } = deps;
  const config = { scope: 'ops' } as const;
  const tags = ['Operations'];
  const one = (operationId: string, summary: string) => ({ tags, operationId, summary, params });
  const problems = problemResponses('not-found', 'rebuild-state');

  app.post(
    '/v1/ops/rebuilds',
    {
      config,
      schema: {
        tags,
        operationId: 'startRebuild',
        summary: 'Fold the whole log into a second projection beside the live one',
        description:
          'With `rules` or `all` it is a what-if: tenants are judged by other rules than their own, the past too, and the answer (`usage`) is what that changes, in windows and, where there is a plan, in money.',
        body: newRebuild.nullish(),
        response: {
          202: madeAt(rebuildSchema, 'Begun'),
          ...problemResponses('invalid-request', 'rebuild-running'),
        },
      },
    },
    async ({ key, body }, reply) => {
      requireAllTenants(key);
      const asked = body ?? {};
      await refuseSlip(deps, asked);
      const rules = otherRulesIn(asked);
      const period = asked.period ?? null;
      const asking = { actor: key.id, at: clock(), partitions: deps.partitions, rules, period };
      const rebuild = await startRebuild(deps, asking);
      if (rebuild === null) throw new Problem('rebuild-running');
      return reply
        .code(202)
        .header('location', `/v1/ops/rebuilds/${rebuild.id}`)
        .send(await showRebuild(deps, rebuild));
    },
  );

  app.get(
    '/v1/ops/rebuilds',
    {
      config,
      schema: {
        tags,
        operationId: 'listRebuilds',
        summary: 'List rebuilds, the newest first',
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(rebuildSchema), ...problemResponses('invalid-request', 'invalid-cursor') },
      },
    },
    async ({ query: { limit, cursor }, key }) => {
      requireAllTenants(key);
      const [before] = cursor === undefined ? [LARGEST_ID] : decodeCursor(cursor, cursorKey);
      const rows = await listRebuilds(db, before, limit + 1);
      const shown = new Map<Rebuild, Awaited<ReturnType<typeof showRebuild>>>();
      for (const row of rows) shown.set(row, await showRebuild(deps, row));
      return toPage(
        rows,
        limit,
        (row) => shown.get(row) as Awaited<ReturnType<typeof showRebuild>>,
        ({ id }) => [id],
      );
    },
  );

  app.get(
    '/v1/ops/rebuilds/:id',
    {
      config,
      schema: {
        ...one('getRebuild', 'One rebuild, its progress and what it found'),
        response: { 200: rebuildSchema, ...problemResponses('not-found') },
      },
    },
    async ({ params: { id }, key }) => await showRebuild(deps, await required(deps, key, id)),
  );

  app.post(
    '/v1/ops/rebuilds/:id/promote',
    {
      config,
      schema: {
        ...one('promoteRebuild', 'Make the rebuilt projection the live one, atomically'),
        description:
          "Where it differs from the live projection, `accept` and a `reason` are needed; where final periods differ, the scope `billing:write` too. A what-if needs all of that and `changeRules`, for it changes the tenants' rules with it; tenants that nobody registered are. Final invoices stay as they are.",
        body: acceptance.nullish(),
        response: {
          200: rebuildSchema,
          ...problemResponses(
            'invalid-request',
            'not-found',
            'rebuild-state',
            'rebuild-differs',
            'rebuild-changes-rules',
          ),
        },
      },
    },
    async ({ params: { id }, body, key }) => {
      const { id: number } = await required(deps, key, id);
      const result = await promoteRebuild(db, number, {
        actor: key.id,
        at: clock(),
        reason: body?.reason ?? null,
        rules: body?.changeRules ? { defaultTimeZone: deps.defaultTimeZone, show: showTenant } : null,
        forbidden: async (transaction, rebuild) =>
          !key.scopes.has('billing:write') && (await touchesBilling(transaction, rebuild)),
      });
      if (result?.kind === 'promoted') return await showRebuild(deps, result.rebuild);
      throw result === null ? unknown() : whyNotPromoted(result);
    },
  );

  app.post(
    '/v1/ops/rebuilds/:id/rollback',
    {
      config,
      schema: {
        ...one('rollBackRebuild', 'Make the projection live again that was so before'),
        description:
          'What needed the scope `billing:write` to be promoted needs it to be rolled back: differences in final periods, and rules of tenants.',
        body: z.strictObject({}).nullish(),
        response: { 200: rebuildSchema, ...problems },
      },
    },
    async ({ params: { id }, key }) => {
      const rebuild = await required(deps, key, id);
      if (!key.scopes.has('billing:write') && (await touchesBilling(db, rebuild)))
        throw new Problem(
          'forbidden-scope',
          "Final periods or tenants' rules change back with it: this needs a key with the scope billing:write.",
        );
      const result = await rollBackRebuild(db, rebuild.id, {
        actor: key.id,
        at: clock(),
        defaultTimeZone: deps.defaultTimeZone,
        show: showTenant,
      });
      if (result?.kind === 'rolled-back') return await showRebuild(deps, result.rebuild);
      throw result === null ? unknown() : whyNotRolledBack(result);
    },
  );

  app.post(
    '/v1/ops/rebuilds/:id/discard',
    {
      config,
      schema: {
        ...one('discardRebuild', 'Give up a rebuild that is not live'),
        body: z.strictObject({}).nullish(),
        response: { 200: rebuildSchema, ...problems },
      },
    },
    async ({ params: { id }, key }) => {
      const { id: number, state } = await required(deps, key, id);
      const discarded = await discardRebuild(deps, number, { actor: key.id, at: clock() });
      if (discarded === null)
        throw new Problem('rebuild-state', `The rebuild is ${state}; it cannot be discarded.`);
      return await showRebuild(deps, discarded);
    },
  );
}

async function required({ db }: Pick<AppDeps, 'db'>, key: Key, id: string): Promise<Rebuild> {
  requireAllTenants(key);
  const number = /^[1-9]\d{0,8}$/.test(id) ? Number(id) : null;
  const rebuild = number === null ? null : await findRebuild(db, number);
  if (rebuild === null) throw unknown();
  return rebuild;
}

function unknown(): Problem {
  return new Problem('not-found', 'There is no rebuild of this id.');
}

/** A rebuild and what it finds concern everybody. */
function requireAllTenants(key: Key): void {
  if (key.tenants !== null)
    throw new Problem('forbidden-tenant', 'The key is limited to some tenants; a rebuild concerns all.');
}

/** Whether windows of a period with a standing invoice would change, or rules of tenants. */
async function touchesBilling(db: Kysely<Tables>, { rules, comparison }: Rebuild): Promise<boolean> {
  const { count = 0, items = [] } = comparison?.differences ?? {};
  // What is beyond the list may be anywhere.
  if (rules !== null || count > items.length) return true;
  for (const { tenant, period } of items) {
    if (tenant !== null && period !== null && (await finalPeriods(db, tenant)).includes(period)) return true;
  }
  return false;
}
