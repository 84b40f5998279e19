import type { Kysely } from 'kysely';
import { anyOf } from './any-of.ts';
import type { Tables } from './tables.ts';

/** A change that somebody made, as the audit keeps it. */
export interface Change {
  /** ms */
  at: number;
  /** Id of the API key that made the change. */
  actor: string;
  subjectType:
    | 'tenant'
    | 'plan'
    | 'subscription'
    | 'manual-line'
    | 'invoice'
    | 'invoice-run'
    | 'key'
    | 'rebuild'
    | 'contact-link'
    | 'connection'
    | 'erasure'
    | 'webhook'
    | 'portal-link'
    | 'thresholds';
  subject: string;
  /** The tenant it concerns; null: none or many. */
  tenant: string | null;
  action: string;
  /** The subject as the API shows it; null before it was made or after it is gone. Never a secret. */
  before: unknown;
  after: unknown;
  /** The names that the subject and both states have placeholders for; left out: they name nobody. */
  names?: AuditNames | null;
}

/** Names, sealed with a key of somebody. */
interface AuditNames {
  whose: string;
  block: Buffer;
}

export interface AuditEntry extends Change {
  id: number;
  /** Of the key; null: the administrator's or a command's, which are stored nowhere. */
  actorName: string | null;
}

/** Notes who changed what. Call it in the transaction of the change, so that neither exists without the other. */
export async function recordChange(db: Kysely<Tables>, change: Change): Promise<void> {
  await recordChanges(db, [change]);
}

/** Far below PostgreSQL's 65,535 parameters. */
const AT_ONCE = 1_000;

/** The same for many at once. */
export async function recordChanges(db: Kysely<Tables>, changes: readonly Change[]): Promise<void> {
  const rows = changes.map(({ subjectType, before, after, names, ...change }) => ({
    ...change,
    subject_type: subjectType,
    before: json(before),
    after: json(after),
    names: names?.block ?? null,
    names_of: names?.whose ?? null,
  }));
  for (let i = 0; i < rows.length; i += AT_ONCE)
    await db
      .insertInto('billing.audit')
      .values(rows.slice(i, i + AT_ONCE))
      .execute();
}

export interface AuditFilter {
  subjectType?: string | undefined;
  /** Any of these. */
  subjects?: readonly string[] | undefined;
  tenant?: string | undefined;
  actor?: string | undefined;
  /** ms, inclusive */
  from?: number | undefined;
  /** ms, exclusive */
  to?: number | undefined;
}

/** Newest first, before the entry `before`; `tenants` null: of all tenants and of what concerns none. */
export async function listAudit(
  db: Kysely<Tables>,
  filter: AuditFilter,
  tenants: readonly string[] | null,
  page: { before: number | null; limit: number },
): Promise<AuditEntry[]> {
  let query = db
    .selectFrom('billing.audit as a')
    .leftJoin('billing.api_keys as k', 'k.id', 'a.actor')
    .selectAll('a')
    .select('k.name as actorName')
    .orderBy('a.id', 'desc')
    .limit(page.limit);
  if (page.before !== null) query = query.where('a.id', '<', page.before);
  if (filter.actor !== undefined) query = query.where('actor', '=', filter.actor);
  if (filter.from !== undefined) query = query.where('at', '>=', filter.from);
  if (filter.to !== undefined) query = query.where('at', '<', filter.to);
  if (filter.subjectType !== undefined) query = query.where('subject_type', '=', filter.subjectType);
  if (filter.subjects !== undefined) query = query.where('subject', '=', anyOf(filter.subjects));
  if (filter.tenant !== undefined) query = query.where('a.tenant', '=', filter.tenant);
  if (tenants !== null) query = query.where('a.tenant', '=', anyOf(tenants));
  const rows = await query.execute();
  return rows.map(({ subject_type, names, names_of, ...row }) => ({
    ...row,
    names: names === null || names_of === null ? null : { block: names, whose: names_of },
    subjectType: subject_type as Change['subjectType'],
  }));
}

function json(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
