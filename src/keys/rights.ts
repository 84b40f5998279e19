/** What a key may do, and for whom: the rules that routes and changes ask. */

import { type Refused, refuse } from '../domain/refusal.ts';
import { type Said, say } from '../domain/sentences.ts';

export const SCOPES = [
  'events:write',
  'events:void',
  'usage:read',
  'billing:read',
  'billing:write',
  'billing:admin',
  'ops',
  'portal',
  'privacy',
  'webhooks',
] as const;

export type Scope = (typeof SCOPES)[number];

/** Who asks: an API key, the administrator's, or whoever may run commands. */
export interface Key {
  id: string;
  scopes: ReadonlySet<string>;
  /** null: all tenants. */
  tenants: ReadonlySet<string> | null;
  /** ms; from then on it is none. null: it has no end. */
  expiresAt: number | null;
}

const EVERYTHING = { scopes: new Set(SCOPES), tenants: null, expiresAt: null } as const;

/** Who can reach the database may do everything. */
export const COMMAND_LINE: Key = { id: 'command line', ...EVERYTHING };

/** Whoever has the administrator's secret. */
export const ADMINISTRATOR: Key = { id: 'admin', ...EVERYTHING };

/** Whether the key is a row, which may be revoked meanwhile. */
export function isStored({ id }: Pick<Key, 'id'>): boolean {
  return id !== COMMAND_LINE.id && id !== ADMINISTRATOR.id;
}

/** Refuses with `forbidden-scope` what needs a scope that the key lacks. */
export function scopeRefused(key: Pick<Key, 'scopes'>, scope: Scope): Refused | null {
  return key.scopes.has(scope)
    ? null
    : refuse('forbidden-scope', say('This needs a key with the scope {scope}.', { scope }));
}

/** Refuses with `forbidden-tenant` what concerns a tenant that the key may not touch. */
export function tenantRefused(key: Key, tenant: string): Refused | null {
  return mayTouch(key, tenant)
    ? null
    : refuse('forbidden-tenant', say('The key is limited to other tenants.'));
}

/** Refuses with `forbidden-tenant` a key that is limited to tenants; `what` concerns all of them. */
export function limitedRefused(key: Key, what: Said): Refused | null {
  return key.tenants === null
    ? null
    : refuse('forbidden-tenant', say('<what> concern all tenants and the key is limited to some.', { what }));
}

/**
 * Refuses with `forbidden-scope` what a customer must not decide: subscriptions, `test`, who pays, manual lines, final
 * invoices. A key that is limited to tenants may be a customer's and needs `billing:admin` for it; one for all tenants
 * is the operator's. `what` is the plural subject of the sentence.
 */
export function customerRefused(key: Pick<Key, 'scopes' | 'tenants'>, what: Said): Refused | null {
  if (key.tenants === null || key.scopes.has('billing:admin')) return null;
  return refuse(
    'forbidden-scope',
    say(
      '<what> are not for a customer to decide: a key that is limited to tenants needs the scope billing:admin for them.',
      { what },
    ),
  );
}

export function mayTouch(key: Key, tenant: string): boolean {
  return key.tenants === null || key.tenants.has(tenant);
}

/** The tenants a list for this key is limited to; null: none. */
export function tenantsOf(key: Key): string[] | null {
  return key.tenants === null ? null : [...key.tenants];
}
