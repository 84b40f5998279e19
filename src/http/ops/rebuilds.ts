import { z } from 'zod';
import { financeObjection } from '../../billing/rebuild-objection.ts';
import { say } from '../../domain/sentences.ts';
import { type Key, limitedRefused } from '../../keys/rights.ts';
import { promoteRebuild, rollBackRebuild } from '../../projection/rebuild/promote.ts';
import { otherRulesIn, rebuildRequest } from '../../projection/rebuild/request.ts';
import { discardRebuild, startRebuild } from '../../projection/rebuild/start.ts';
import { findRebuild, listRebuilds, type Rebuild, unknownRebuild } from '../../projection/rebuild/state.ts';
import { text } from '../../schemas.ts';
import { decodeCursor, largePage, pageOf, pageQuery } from '../conventions/page.ts';
import { madeAt } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { problemResponses, throwRefused, valueFrom } from '../problems/problem.ts';
import { rebuildSchema, showRebuild } from './rebuild-answer.ts';

const LARGEST_ID = 2_147_483_647;
const params = z.object({ id: z.string().meta({ description: 'Of the rebuild' }) });
const nothing = z.strictObject({}).meta({ id: 'Nothing', description: 'An empty object', examples: [{}] });
const cursorKey = z.tuple([z.int().min(1).max(LARGEST_ID)]);

/** What has to be said to promote a rebuild that is not equal to the live projection. */
const acceptance = z
  .strictObject({
    accept: z.literal(true).optional(),
    reason: text(1, 1_024).optional(),
    changeRules: z
      .literal(true)
      .optional()
      .meta({ description: "A what-if changes the tenants' rules with it; this says that it shall" }),
  })
  .check(({ value, issues }) => {
    const { accept, reason, changeRules } = value;
    const needed = accept !== undefined || reason !== undefined || changeRules !== undefined;
    const fault = (path: string, message: string) =>
      issues.push({ code: 'custom', input: value, path: [path], message });
    if (needed && accept === undefined) fault('accept', say('must be true'));
    if (needed && reason === undefined) fault('reason', say('is needed to accept'));
  })
  .meta({ id: 'Acceptance', examples: [{ accept: true, reason: 'The new rule applies from November on' }] });

type RebuildDeps = Pick<AppDeps, 'db' | 'pool' | 'clock' | 'partitions' | 'logEnds' | 'defaultTimeZone'>;

const config = { scope: 'ops' } as const;
const tags = ['Operations'];
const one = (operationId: string, summary: string) => ({ tags, operationId, summary, params });
const problems = problemResponses('not-found', 'rebuild-state');

/** Rebuilds of the projection. Contract section 3, Operations. */
export function rebuildRoutes(app: App, deps: RebuildDeps): void {
  const { db, clock } = deps;

  app.post(
    '/v1/ops/rebuilds',
    {
      config,
      schema: {
        tags,
        operationId: 'startRebuild',
        summary: 'Fold the whole log into a second projection beside the live one',
        description:
          'With `rules` or `all` it is a what-if: tenants are judged by other rules than their own, the past too, and the answer (`usage`) is what that changes, in windows and, where there is a plan, in money; money needs the scope `billing:read` too, samples of differences `usage:read`.',
        body: rebuildRequest.nullish(),
        response: {
          202: madeAt(rebuildSchema, 'Begun'),
          ...problemResponses('invalid-request', 'rebuild-running'),
        },
      },
    },
    async ({ key, body }, reply) => {
      throwRefused(limitedRefused(key, say('Rebuilds')));
      const asked = body ?? {};
      const rules = otherRulesIn(asked);
      const period = asked.period ?? null;
      const asking = { actor: key.id, at: clock(), partitions: deps.partitions, rules, period };
      const rebuild = valueFrom(await startRebuild(deps, asking));
      return reply
        .code(202)
        .header('location', `/v1/ops/rebuilds/${rebuild.id}`)
        .send(await showRebuild(deps, rebuild, key));
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
      throwRefused(limitedRefused(key, say('Rebuilds')));
      const [before] = cursor === undefined ? [LARGEST_ID] : decodeCursor(cursor, cursorKey);
      // One after the other: each may ask the database how far it is, and have a comparison of a megabyte.
      return await largePage(
        limit,
        (last: Rebuild | null, most) => listRebuilds(db, last?.id ?? before, most),
        (row) => showRebuild(deps, row, key),
        ({ id }) => [id],
      );
    },
  );

  singleRebuildRoute(app, deps);
  promotionRoutes(app, deps);
  discardRoute(app, deps);
}

function singleRebuildRoute(app: App, deps: RebuildDeps): void {
  app.get(
    '/v1/ops/rebuilds/:id',
    {
      config,
      schema: {
        ...one('getRebuild', 'One rebuild, its progress and what it found'),
        response: { 200: rebuildSchema, ...problemResponses('not-found') },
      },
    },
    async ({ params: { id }, key }) => await showRebuild(deps, await required(deps, key, id), key),
  );
}

/** Making a rebuild the live projection, and the one before it again. */
function promotionRoutes(app: App, deps: RebuildDeps): void {
  const { db, clock, defaultTimeZone } = deps;

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
      const outcome = await promoteRebuild(db, number, {
        actor: key.id,
        at: clock(),
        reason: body?.reason ?? null,
        rules: body?.changeRules ? { defaultTimeZone } : null,
        objection: financeObjection(key),
      });
      return await showRebuild(deps, valueFrom(outcome), key);
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
        body: nothing.nullish(),
        response: { 200: rebuildSchema, ...problems },
      },
    },
    async ({ params: { id }, key }) => {
      const { id: number } = await required(deps, key, id);
      const author = { actor: key.id, at: clock(), defaultTimeZone };
      const outcome = await rollBackRebuild(db, number, { ...author, objection: financeObjection(key) });
      return await showRebuild(deps, valueFrom(outcome), key);
    },
  );
}

function discardRoute(app: App, deps: RebuildDeps): void {
  app.post(
    '/v1/ops/rebuilds/:id/discard',
    {
      config,
      schema: {
        ...one('discardRebuild', 'Give up a rebuild that is not live'),
        body: nothing.nullish(),
        response: { 200: rebuildSchema, ...problems },
      },
    },
    async ({ params: { id }, key }) => {
      const { id: number } = await required(deps, key, id);
      return await showRebuild(
        deps,
        valueFrom(await discardRebuild(deps, number, { actor: key.id, at: deps.clock() })),
        key,
      );
    },
  );
}

async function required({ db }: Pick<AppDeps, 'db'>, key: Key, id: string): Promise<Rebuild> {
  throwRefused(limitedRefused(key, say('Rebuilds')));
  const number = /^[1-9]\d{0,8}$/.test(id) ? Number(id) : null;
  const rebuild = number === null ? null : await findRebuild(db, number);
  return rebuild ?? valueFrom(unknownRebuild());
}
