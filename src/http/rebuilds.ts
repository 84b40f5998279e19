import type { Transaction } from 'kysely';
import { z } from 'zod';
import type { Difference } from '../projection/compare-rows.ts';
import { promoteRebuild, rollBackRebuild } from '../projection/rebuild-promote.ts';
import {
  discardRebuild,
  findRebuild,
  listRebuilds,
  type Rebuild,
  recordStep,
  startRebuild,
} from '../projection/rebuild-state.ts';
import type { Tables } from '../store/tables.ts';
import type { Key } from './auth.ts';
import type { App, AppDeps } from './deps.ts';
import { decodeCursor, pageOf, pageQuery, toPage } from './page.ts';
import { Problem, problemResponses } from './problem.ts';
import { rebuildSchema, showRebuild } from './rebuild-answer.ts';
import { text } from './schemas.ts';

const LARGEST_ID = 2_147_483_647;
const params = z.object({ id: z.string() });
const cursorKey = z.tuple([z.int().min(1).max(LARGEST_ID)]);
const acceptance = z
  .strictObject({ accept: z.literal(true), reason: text(1, 1_024) })
  .or(z.strictObject({}))
  .nullish();

/** Rebuilds of the projection. Contract section 3, Operations. */
export function rebuildRoutes(app: App, deps: AppDeps): void {
  const { db, clock } = deps;
  const config = { scope: 'ops' } as const;
  const tags = ['Operations'];
  const one = (summary: string) => ({ tags, summary, params });
  const problems = problemResponses('not-found', 'rebuild-state');

  app.post(
    '/v1/ops/rebuilds',
    {
      config,
      schema: {
        tags,
        summary: 'Fold the whole log into a second projection beside the live one',
        body: z.strictObject({}).nullish(),
        response: { 202: rebuildSchema, ...problemResponses('invalid-request', 'rebuild-running') },
      },
    },
    async ({ key }, reply) => {
      requireAllTenants(key);
      const at = clock();
      const rebuild = await startRebuild(deps, { actor: key.id, at, partitions: deps.partitions });
      if (rebuild === null) throw new Problem('rebuild-running');
      await recordStep(db, rebuild.id, 'start', key.id, at, { schema: rebuild.schema });
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
        ...one('One rebuild, its progress and what it found'),
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
        ...one('Make the rebuilt projection the live one, atomically'),
        description:
          'Where it differs from the live projection, `accept` and a `reason` are needed; where final periods differ, the scope `billing:write` too.',
        body: acceptance,
        response: {
          200: rebuildSchema,
          ...problemResponses('invalid-request', 'not-found', 'rebuild-state', 'rebuild-differs'),
        },
      },
    },
    async ({ params: { id }, body, key }) => {
      const { id: number } = await required(deps, key, id);
      const result = await promoteRebuild(db, number, {
        actor: key.id,
        at: clock(),
        reason: body && 'reason' in body ? body.reason : null,
        forbidden: async (transaction, differences) =>
          !key.scopes.has('billing:write') && (await touchesFinal(deps, transaction, differences)),
      });
      switch (result?.kind) {
        case 'promoted':
          return await showRebuild(deps, result.rebuild);
        case 'wrong-state':
          throw new Problem(
            'rebuild-state',
            `The rebuild is ${result.state}; only one that is caught-up can be promoted.`,
          );
        case 'differs':
          throw new Problem('rebuild-differs', `It differs in ${result.count} places.`);
        case 'forbidden':
          throw new Problem(
            'forbidden-scope',
            'Final periods differ: this needs a key with the scope billing:write.',
          );
        case 'behind':
          throw new Problem(
            'rebuild-state',
            'The rebuild does not catch up with the live projection; try again.',
          );
        default:
          throw unknown();
      }
    },
  );

  app.post(
    '/v1/ops/rebuilds/:id/rollback',
    {
      config,
      schema: {
        ...one('Make the projection live again that was so before'),
        body: z.strictObject({}).nullish(),
        response: { 200: rebuildSchema, ...problems },
      },
    },
    async ({ params: { id }, key }) => {
      const { id: number } = await required(deps, key, id);
      const result = await rollBackRebuild(db, number, { actor: key.id, at: clock() });
      switch (result?.kind) {
        case 'rolled-back':
          return await showRebuild(deps, result.rebuild);
        case 'wrong-state':
          throw new Problem(
            'rebuild-state',
            `The rebuild is ${result.state}; only the one that is live can be rolled back.`,
          );
        case 'behind':
          throw new Problem(
            'rebuild-state',
            'The projection before it is still catching up; ask again in a moment.',
          );
        default:
          throw unknown();
      }
    },
  );

  app.post(
    '/v1/ops/rebuilds/:id/discard',
    {
      config,
      schema: {
        ...one('Give up a rebuild that is not live'),
        body: z.strictObject({}).nullish(),
        response: { 200: rebuildSchema, ...problems },
      },
    },
    async ({ params: { id }, key }) => {
      const { id: number, state } = await required(deps, key, id);
      const discarded = await discardRebuild(db, number, { actor: key.id, at: clock() });
      if (discarded === null)
        throw new Problem('rebuild-state', `The rebuild is ${state}; it cannot be discarded.`);
      return await showRebuild(deps, discarded);
    },
  );
}

async function required({ db }: AppDeps, key: Key, id: string): Promise<Rebuild> {
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

/** Whether windows of a period with a standing invoice would change. */
async function touchesFinal(
  { tenants }: AppDeps,
  transaction: Transaction<Tables>,
  differences: readonly Difference[],
): Promise<boolean> {
  for (const { tenant, period } of differences) {
    if (
      tenant !== null &&
      period !== null &&
      (await tenants.finalPeriods(transaction, tenant)).includes(period)
    )
      return true;
  }
  return false;
}
