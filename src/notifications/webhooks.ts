/** Webhooks: whom to tell, of what, and the secrets that sign. Instants in ms. */

import { randomBytes } from 'node:crypto';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { isoInstant } from '../domain/instant.ts';
import type { NotificationType } from '../domain/notification.ts';
import { done, type Outcome, type Refused, refuse } from '../domain/refusal.ts';
import { say } from '../domain/sentences.ts';
import { idOnce } from '../keys/once.ts';
import { type Key, limitedRefused, mayTouch, tenantRefused } from '../keys/rights.ts';
import type { MasterKeys } from '../sealing/master-keys.ts';
import { WRAPPED } from '../sealing/rewrap.ts';
import { recordChange } from '../store/audit.ts';
import { commitUnlessRefused } from '../store/commit-unless-refused.ts';
import type { WebhooksTable } from '../store/notification-tables.ts';
import type { Tables } from '../store/tables.ts';
import { urlFault } from './address.ts';
import { SECRET_BYTES, secretText } from './signature.ts';

/** How long the old secret signs beside the new one. */
const ROTATION_MS = 24 * 60 * 60_000;
/** So many may be tried at the same time, each holding back no other. */
const MOST_WEBHOOKS = 1_000;

/** Why the service disabled one: it answered 410, a delivery was tried in vain to the end, nothing succeeded for 5 days. */
export type DisabledBecause = 'gone' | 'retries-exhausted' | 'no-success';

/** What whoever makes one says of it. */
export interface WebhookTerms {
  url: string;
  /** null: all. */
  types: NotificationType[] | null;
  /** null: all, and what concerns no tenant. */
  tenants: string[] | null;
  description: string;
}

export type Webhook = Selectable<WebhooksTable>;
export type MasterSealer = Pick<MasterKeys, 'seal' | 'open'>;

export interface WebhookStore {
  db: Kysely<Tables>;
  sealer: MasterSealer;
  /** Addresses that are not public, and http. */
  allowInsecure: boolean;
}

/** Who changes something, and when. */
export interface By {
  key: Key;
  at: number;
}

const { label: LABEL } = WRAPPED.webhookSecrets;

/** Refuses with `invalid-request`, `forbidden-tenant`, `too-many-webhooks`, and with `conflict` the same request again. */
export async function createWebhook(
  { db, sealer, allowInsecure }: WebhookStore,
  terms: WebhookTerms,
  { key, at, request }: By & { request?: string | undefined },
): Promise<Outcome<{ webhook: Webhook; secret: string }>> {
  const refused = termsRefused(terms, key, allowInsecure);
  if (refused !== null) return refused;
  const secret = randomBytes(SECRET_BYTES);
  const id = `wh_${idOnce(key, request, 12)}`;
  return await commitUnlessRefused(db, async (transaction) => {
    const webhook = await transaction
      .insertInto('billing.webhooks')
      .values({
        ...{ ...terms, id, secret: sealer.seal(LABEL, secret) },
        ...{ enabled: true, created_by: key.id, created_at: at, updated_at: at },
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returningAll()
      .executeTakeFirst();
    if (webhook === undefined)
      return refuse(
        'conflict',
        say('The webhook {id} was made by this request before, and its secret was shown then.', { id }),
      );
    const { count } = await transaction
      .selectFrom('billing.webhooks')
      .select(sql<number>`count(*)`.as('count'))
      .executeTakeFirstOrThrow();
    if (count > MOST_WEBHOOKS)
      return refuse(
        'too-many-webhooks',
        say('There can be {most} webhooks: delete one first.', { most: MOST_WEBHOOKS }),
      );
    await recordWebhook(transaction, { actor: key.id, at }, null, webhook);
    return done({ webhook, secret: secretText(secret) });
  });
}

function termsRefused({ url, tenants }: WebhookTerms, key: Key, allowInsecure: boolean): Refused | null {
  const fault = urlFault(url, allowInsecure);
  if (fault !== null) return refuse('invalid-request', fault, '/url');
  if (tenants === null) return limitedRefused(key, say('Webhooks without tenants'));
  for (const tenant of tenants) {
    const refused = tenantRefused(key, tenant);
    if (refused !== null) return refused;
  }
  return null;
}

/** Members left out stay. Enabling one starts the waits of its deliveries anew. Refuses also with `not-found`. */
export async function changeWebhook(
  { db, allowInsecure }: WebhookStore,
  id: string,
  change: { [Member in keyof WebhookTerms]?: WebhookTerms[Member] | undefined } & {
    enabled?: boolean | undefined;
  },
  { key, at }: By,
): Promise<Outcome<Webhook>> {
  return await db.transaction().execute(async (transaction) => {
    const before = await lockWebhook(transaction, id, key);
    if (!before.ok) return before;
    const { enabled = before.value.enabled, ...rest } = change;
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    const terms = { ...termsOf(before.value), ...given };
    const refused = termsRefused(terms, key, allowInsecure);
    if (refused !== null) return refused;
    const revived = enabled && !before.value.enabled;
    const after = await transaction
      .updateTable('billing.webhooks')
      .set({
        ...{ ...terms, enabled, updated_at: at },
        ...(revived ? { failing_since: null } : {}),
        ...(enabled ? { disabled_because: null } : {}),
      })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    if (revived)
      await sql`
        UPDATE billing.webhook_deliveries SET attempts_before = attempts, next_at = ${at}
        WHERE webhook = ${id} AND state = 'waiting'`.execute(transaction);
    await recordWebhook(transaction, { actor: key.id, at }, before.value, after);
    return done(after);
  });
}

/** With all that is known of its deliveries. Refuses with `not-found`. */
export async function deleteWebhook(
  { db }: Pick<WebhookStore, 'db'>,
  id: string,
  { key, at }: By,
): Promise<Outcome<null>> {
  return await db.transaction().execute(async (transaction) => {
    const before = await lockWebhook(transaction, id, key);
    if (!before.ok) return before;
    await transaction.deleteFrom('billing.webhooks').where('id', '=', id).execute();
    await recordWebhook(transaction, { actor: key.id, at }, before.value, null);
    return done(null);
  });
}

/** Gives it a new secret; the old one signs beside it for 24 h. Refuses with `not-found`. */
export async function rotateSecret(
  { db, sealer }: Pick<WebhookStore, 'db' | 'sealer'>,
  id: string,
  { key, at }: By,
): Promise<Outcome<{ webhook: Webhook; secret: string }>> {
  const secret = randomBytes(SECRET_BYTES);
  return await db.transaction().execute(async (transaction) => {
    const before = await lockWebhook(transaction, id, key);
    if (!before.ok) return before;
    const webhook = await transaction
      .updateTable('billing.webhooks')
      .set({
        ...{ secret: sealer.seal(LABEL, secret), former_secret: before.value.secret },
        ...{ former_until: at + ROTATION_MS, updated_at: at },
      })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await recordWebhook(transaction, { actor: key.id, at }, before.value, webhook, 'rotate');
    return done({ webhook, secret: secretText(secret) });
  });
}

/** Those that sign at an instant, the new one first. */
export function secretsOf(
  {
    secret,
    former_secret: former,
    former_until: until,
  }: Pick<Webhook, 'secret' | 'former_secret' | 'former_until'>,
  sealer: Pick<MasterSealer, 'open'>,
  at: number,
): Buffer[] {
  const sealed = former !== null && until !== null && at < until ? [secret, former] : [secret];
  return sealed.map((block) => sealer.open(LABEL, block));
}

/** By id, after one, of those that the key may see. */
export async function listWebhooks(
  db: Kysely<Tables>,
  key: Key,
  { after, limit }: { after: string; limit: number },
): Promise<Webhook[]> {
  let query = db
    .selectFrom('billing.webhooks')
    .selectAll()
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit);
  if (key.tenants !== null)
    query = query.where(
      sql<boolean>`tenants IS NOT NULL AND NOT EXISTS (SELECT FROM unnest(tenants) AS t WHERE t <> ALL (${[...key.tenants]}::text[]))`,
    );
  return await query.execute();
}

/** Refuses with `not-found`, also where the key may not see it. */
export async function findWebhook(db: Kysely<Tables>, id: string, key: Key): Promise<Outcome<Webhook>> {
  return visible(
    await db.selectFrom('billing.webhooks').selectAll().where('id', '=', id).executeTakeFirst(),
    key,
  );
}

async function lockWebhook(db: Transaction<Tables>, id: string, key: Key): Promise<Outcome<Webhook>> {
  const row = await db
    .selectFrom('billing.webhooks')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return visible(row, key);
}

function visible(webhook: Webhook | undefined, key: Key): Outcome<Webhook> {
  const isWithin =
    key.tenants === null || webhook?.tenants?.every((tenant) => mayTouch(key, tenant)) === true;
  return webhook !== undefined && isWithin
    ? done(webhook)
    : refuse('not-found', say('There is no webhook of this id.'));
}

/** Notes in the audit what became of one. */
export async function recordWebhook(
  db: Kysely<Tables>,
  { actor, at }: { actor: string; at: number },
  before: Webhook | null,
  after: Webhook | null,
  action = before === null ? 'create' : after === null ? 'delete' : 'change',
): Promise<void> {
  const { id = '' } = before ?? after ?? {};
  await recordChange(db, {
    ...{ at, actor, subjectType: 'webhook', subject: id, tenant: tenantOf(after ?? before), action },
    ...{ before: before && showWebhook(before), after: after && showWebhook(after) },
  });
}

/** Where it concerns one alone. */
function tenantOf(webhook: Webhook | null): string | null {
  const tenants = webhook?.tenants ?? [];
  return tenants.length === 1 ? (tenants[0] ?? null) : null;
}

function termsOf({ url, types, tenants, description }: Webhook): WebhookTerms {
  return { url, types: types as NotificationType[] | null, tenants, description };
}

/** As answers and the audit show it. */
export function showWebhook(webhook: Webhook) {
  const { id, enabled, created_at, updated_at, failing_since, former_until } = webhook;
  const instant = (at: number | null) => (at === null ? null : isoInstant(at));
  return {
    ...{ id, ...termsOf(webhook), enabled },
    disabledBecause: webhook.disabled_because as DisabledBecause | null,
    failingSince: instant(failing_since),
    formerSecretUntil: instant(former_until),
    createdBy: webhook.created_by,
    createdAt: isoInstant(created_at),
    updatedAt: isoInstant(updated_at),
  };
}
