import { isDeepStrictEqual } from 'node:util';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { ClientBase } from 'pg';
import { done, type Outcome, type Refused, refuse } from '../../domain/refusal.ts';
import { DEFAULT_RULES, type OtherRules, otherRulesOf, type RuleTimeline } from '../../domain/rule.ts';
import { say } from '../../domain/sentences.ts';
import { anyOf } from '../../store/any-of.ts';
import { type Change, recordChanges } from '../../store/audit.ts';
import type { Tables } from '../../store/tables.ts';
import {
  insertTenants,
  lockTenants,
  showTenant,
  type Tenant,
  unregisteredTenant,
  updateRules,
} from '../../store/tenants.ts';
import { snapshotOf } from '../read/snapshot.ts';
import { tenantNames } from '../read/usage.ts';

/** On whose behalf rules change, and when (ms). */
export interface RuleAuthor {
  actor: string;
  at: number;
  /** IANA name; of tenants that are registered with the change. */
  defaultTimeZone: string;
}

/** Rules and the rebuild that judged by them. */
export interface WhatIf {
  id: number;
  schema: string;
  rules: OtherRules;
}

export interface TenantRulesRow {
  tenant: string;
  rules: RuleTimeline;
}

/** The rules that registered tenants have in this view, as far as others stand in their place. */
export async function rulesInPlace(
  client: ClientBase,
  { all, tenants }: OtherRules,
): Promise<TenantRulesRow[]> {
  const { rows } = await client.query<TenantRulesRow>(
    'SELECT tenant, rules FROM billing.tenants WHERE $1 OR tenant = ANY ($2::text[]) ORDER BY tenant',
    [all !== null, Object.keys(tenants)],
  );
  return rows;
}

/** Keeps the rules of tenants with a rebuild, in place of what was kept. */
export async function keepRules(
  transaction: Transaction<Tables>,
  rebuild: number,
  rows: readonly TenantRulesRow[],
): Promise<void> {
  await transaction.deleteFrom('public.rebuild_rules').where('rebuild', '=', rebuild).execute();
  await sql`
    INSERT INTO public.rebuild_rules (rebuild, tenant, rules)
    SELECT ${rebuild}::int, k.tenant, k.rules::jsonb
    FROM unnest(${rows.map(({ tenant }) => tenant)}::text[], ${rows.map(({ rules }) => JSON.stringify(rules))}::text[])
      AS k(tenant, rules)`.execute(transaction);
}

export async function keptRules(db: Kysely<Tables>, rebuild: number): Promise<Map<string, RuleTimeline>> {
  const rows = await db
    .selectFrom('public.rebuild_rules')
    .select(['tenant', 'rules'])
    .where('rebuild', '=', rebuild)
    .orderBy('tenant')
    .execute();
  return new Map(rows.map(({ tenant, rules }) => [tenant, rules as unknown as RuleTimeline]));
}

/** Somebody registered a tenant at the same moment; nothing may be committed. */
export class RegisteredMeanwhile extends Error {
  override name = 'RegisteredMeanwhile';
}

/**
 * Gives tenants the rules by which the rebuild judged; those that nobody registered are, for rules have no other place.
 * Keeps what they had. Nobody may write to the rebuilt projection meanwhile: it knows who has events. Rejects with
 * `RegisteredMeanwhile`.
 */
export async function adoptRules(
  transaction: Transaction<Tables>,
  { id, schema, rules }: WhatIf,
  author: RuleAuthor,
): Promise<Outcome<void>> {
  const compared = await keptRules(transaction, id);
  const names = rules.all === null ? Object.keys(rules.tenants) : await everybody(transaction, schema, rules);
  const registered = await lockTenants(transaction, names);
  const changedSince = registered.filter(
    ({ tenant, rules: now }) => !isDeepStrictEqual(now, compared.get(tenant) ?? DEFAULT_RULES),
  );
  if (changedSince.length > 0)
    return refuse(
      'rebuild-state',
      say(
        'The rules of {tenants} were changed after the comparison: discard the rebuild and start another one.',
        { tenants: someOf(changedSince) },
      ),
    );
  const changes = registered.flatMap((before) =>
    changeOf(before, otherRulesOf(rules, before.tenant), author),
  );
  const known = new Set(registered.map(({ tenant }) => tenant));
  const created = names.flatMap((tenant) => {
    const own = otherRulesOf(rules, tenant);
    if (known.has(tenant) || own === null || isDeepStrictEqual(own, DEFAULT_RULES)) return [];
    const fresh = unregisteredTenant(tenant, author.defaultTimeZone);
    return [{ ...fresh, rules: own, version: 1, createdAt: author.at, updatedAt: author.at }];
  });
  if (!(await insertTenants(transaction, created))) throw new RegisteredMeanwhile();
  await write(transaction, changes, author, created);
  await keepRules(transaction, id, [
    ...changes.map(({ before: { tenant, rules } }) => ({ tenant, rules })),
    ...created.map(({ tenant }) => ({ tenant, rules: DEFAULT_RULES })),
  ]);
  return done(undefined);
}

/** Gives tenants back what they had before the rules were adopted. */
export async function restoreRules(
  transaction: Transaction<Tables>,
  whatIf: WhatIf,
  author: RuleAuthor,
): Promise<Outcome<void>> {
  const kept = await keptRules(transaction, whatIf.id);
  const registered = await lockTenants(transaction, [...kept.keys()]);
  const refused = refusedWhereChanged(whatIf.rules, registered);
  if (refused !== null) return refused;
  const changes = registered.flatMap((now) => changeOf(now, kept.get(now.tenant) ?? null, author));
  await write(transaction, changes, author, []);
  return done(undefined);
}

/** Refuses where tenants have rules that are no longer those that were adopted; null: there are none. */
export async function changedSinceAdopted(
  db: Kysely<Tables>,
  { id, rules }: WhatIf,
): Promise<Refused | null> {
  const kept = await keptRules(db, id);
  if (kept.size === 0) return null;
  const rows = await db
    .selectFrom('billing.tenants')
    .select(['tenant', 'rules'])
    .where('tenant', '=', anyOf(kept.keys()))
    .orderBy('tenant')
    .execute();
  return refusedWhereChanged(rules, rows as unknown as TenantRulesRow[]);
}

function refusedWhereChanged(adopted: OtherRules, tenants: readonly TenantRulesRow[]): Refused | null {
  const changed = tenants.filter(
    ({ tenant, rules }) => !isDeepStrictEqual(rules, otherRulesOf(adopted, tenant)),
  );
  if (changed.length === 0) return null;
  return refuse(
    'rebuild-state',
    say(
      'The rules of {tenants} were changed after the promotion, so they cannot go back to what they were. Start another rebuild instead.',
      { tenants: someOf(changed) },
    ),
  );
}

/** The names of the first five, and how many there are beside them. */
function someOf(tenants: readonly { tenant: string }[]): string {
  const shown = tenants.slice(0, 5).map(({ tenant }) => tenant);
  const more = tenants.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

interface TenantChange {
  before: Tenant;
  after: Tenant;
}

function changeOf(before: Tenant, rules: RuleTimeline | null, { at }: RuleAuthor): TenantChange[] {
  if (rules === null || isDeepStrictEqual(before.rules, rules)) return [];
  return [{ before, after: { ...before, rules, version: before.version + 1, updatedAt: at } }];
}

async function write(
  transaction: Transaction<Tables>,
  changes: readonly TenantChange[],
  { actor, at }: RuleAuthor,
  created: readonly Tenant[],
): Promise<void> {
  await updateRules(
    transaction,
    changes.map(({ after }) => after),
  );
  const entry = ({ tenant }: Tenant) =>
    ({ at, actor, subjectType: 'tenant', subject: tenant, tenant }) as const;
  await recordChanges(transaction, [
    ...changes.map(
      ({ before, after }): Change => ({
        ...entry(after),
        action: 'change',
        before: showTenant(before),
        after: showTenant(after),
      }),
    ),
    ...created.map(
      (tenant): Change => ({ ...entry(tenant), action: 'create', before: null, after: showTenant(tenant) }),
    ),
  ]);
}

/** Every tenant that is known or named: some may have come since it was compared. */
async function everybody(
  transaction: Transaction<Tables>,
  schema: string,
  { tenants }: OtherRules,
): Promise<string[]> {
  const snapshot = snapshotOf(transaction, schema);
  const names = new Set(Object.keys(tenants));
  const limit = 1_000;
  for (let after = '', page: string[] = []; ; after = page.at(-1) ?? '') {
    page = await tenantNames(snapshot, null, { after, limit });
    for (const name of page) names.add(name);
    if (page.length < limit) return [...names].sort();
  }
}
