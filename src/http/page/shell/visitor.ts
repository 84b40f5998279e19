/** Whoever looks at a page: who that is, what the API answers them, and how they read. */

import type { Language } from '../../../domain/description.ts';
import type { Key, Scope } from '../../../keys/rights.ts';
import type { Texts } from '../texts/pt.ts';
import { TEXTS } from '../texts/texts.ts';
import { type Ask, path } from './ask.ts';
import { type Format, formatOf } from './format.ts';

export interface Visitor {
  key: Key;
  ask: Ask;
  language: Language;
  texts: Texts;
  format: Format;
  /** Came by a portal link: sees one tenant and nothing else. */
  portal: { token: string; tenant: string } | null;
  /** ms */
  now: number;
  /** The zone of whoever runs the service, for what is no tenant's. */
  timeZone: string;
  /** The address that was asked for, within the service. */
  address: string;
}

export function visitorOf(facts: Omit<Visitor, 'texts' | 'format'>): Visitor {
  return { ...facts, texts: TEXTS[facts.language], format: formatOf(facts.language) };
}

export function may({ key }: Visitor, scope: Scope): boolean {
  return key.scopes.has(scope);
}

/** Where the pages of a tenant are; a portal shows only one. */
export function tenantAddress({ portal }: Visitor, tenant: string): string {
  return portal === null ? path`/tenants/${tenant}` : path`/portal/${portal.token}`;
}
