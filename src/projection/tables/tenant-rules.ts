import type { ClientBase } from 'pg';
import { type Calendar, calendarOf, type ZoneEntry } from '../../domain/period.ts';
import {
  DEFAULT_RULES,
  type OtherRules,
  otherRulesOf,
  type RuleEntry,
  type RuleTimeline,
} from '../../domain/rule.ts';
import { currentSchemaOn } from './live-projection.ts';

/** What the fold needs to know of a tenant. */
export interface TenantRules {
  rules: RuleTimeline;
  calendar: Calendar;
}

/** Rules and zones of tenants: read inside each batch's transaction, parsed once per version of a tenant. */
export interface SettingsCache {
  load(client: ClientBase, tenants: ReadonlySet<string>): Promise<ReadonlyMap<string, TenantRules>>;
}

interface Row {
  tenant: string;
  version: number;
  zones: ZoneEntry[];
  rules: RuleEntry[];
}

/** Tenants that nobody registered get the default rules in the default zone (IANA name). */
export function createSettingsCache(defaultTimeZone: string): SettingsCache {
  const unregistered = {
    rules: DEFAULT_RULES,
    calendar: calendarOf([{ from: null, zone: defaultTimeZone }]),
  };
  const parsed = new Map<string, { version: number; settings: TenantRules }>();

  function settingsOf(row: Row): TenantRules {
    const known = parsed.get(row.tenant);
    if (known?.version === row.version) return known.settings;
    const settings = { rules: timeline(row.rules), calendar: calendarOf(timeline(row.zones)) };
    parsed.set(row.tenant, { version: row.version, settings });
    return settings;
  }

  return {
    async load(client, tenants) {
      const result = new Map<string, TenantRules>();
      for (const tenant of tenants) result.set(tenant, unregistered);
      const { rows } = await client.query<Row>({
        name: 'tenant settings',
        text: 'SELECT tenant, version, zones, rules FROM billing.tenants WHERE tenant = ANY ($1::text[])',
        values: [[...tenants]],
      });
      for (const row of rows) result.set(row.tenant, settingsOf(row));
      return result;
    },
  };
}

/**
 * The same tenants, judged by other rules as long as the schema is not live. Once it is, the tenants' own rules are
 * those, and a tenant that comes now has none but the defaults: a batch that waited for the promotion must see that.
 */
export function withOtherRules(own: SettingsCache, other: OtherRules, schema: string): SettingsCache {
  const judged = new Map<string, { own: TenantRules; settings: TenantRules }>();

  function settingsOf(tenant: string, own: TenantRules): TenantRules {
    const known = judged.get(tenant);
    if (known?.own === own) return known.settings;
    const rules = otherRulesOf(other, tenant);
    const settings = rules === null ? own : { ...own, rules };
    judged.set(tenant, { own, settings });
    return settings;
  }

  return {
    async load(client, tenants) {
      const loaded = await own.load(client, tenants);
      if ((await currentSchemaOn(client)) === schema) return loaded;
      return new Map(Array.from(loaded, ([tenant, settings]) => [tenant, settingsOf(tenant, settings)]));
    },
  };
}

function timeline<Entry>(entries: readonly Entry[]): readonly [Entry, ...Entry[]] {
  const [first, ...rest] = entries;
  if (first === undefined) throw new RangeError('a timeline has at least one entry');
  return [first, ...rest];
}
