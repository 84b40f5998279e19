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
  /** By which its days are counted too while its zone changes; null: it does not. */
  next: { change: number; calendar: Calendar } | null;
}

/** Rules and zones of tenants: read inside each batch's transaction, parsed once per version of a tenant. */
export interface SettingsCache {
  load(client: ClientBase, tenants: ReadonlySet<string>): Promise<ReadonlyMap<string, TenantRules>>;
}

/** Without `version` nobody registered the tenant; without `change` its zone does not change. */
interface Row {
  tenant: string;
  version: number | null;
  zones: ZoneEntry[];
  rules: RuleEntry[];
  change: number | null;
  next: ZoneEntry[];
}

/** Tenants that nobody registered get the default rules in the default zone (IANA name). */
export function createSettingsCache(defaultTimeZone: string): SettingsCache {
  const unregistered: TenantRules = {
    rules: DEFAULT_RULES,
    calendar: calendarOf([{ from: null, zone: defaultTimeZone }]),
    next: null,
  };
  const parsed = new Map<string, Pick<Row, 'version' | 'change'> & { settings: TenantRules }>();

  function settingsOf(row: Row): TenantRules {
    const { version, change } = row;
    const known = parsed.get(row.tenant);
    if (known !== undefined && known.version === version && known.change === change) return known.settings;
    const own =
      version === null
        ? unregistered
        : { rules: timeline(row.rules), calendar: calendarOf(timeline(row.zones)) };
    const next = change === null ? null : { change, calendar: calendarOf(timeline(row.next)) };
    const settings = { ...own, next };
    parsed.set(row.tenant, { version, change, settings });
    return settings;
  }

  return {
    async load(client, tenants) {
      const result = new Map<string, TenantRules>();
      for (const tenant of tenants) result.set(tenant, unregistered);
      const { rows } = await client.query<Row>({
        name: 'tenant settings',
        text: `SELECT tenant, t.version, t.zones, t.rules, c.id AS change, c.zones AS next
          FROM unnest($1::text[]) AS asked(tenant) LEFT JOIN billing.tenants t USING (tenant)
            LEFT JOIN public.zone_changes c USING (tenant)
          WHERE t.version IS NOT NULL OR c.id IS NOT NULL`,
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
