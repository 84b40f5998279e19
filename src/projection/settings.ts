import type { ClientBase } from 'pg';
import { type Calendar, calendarOf, type ZoneEntry } from '../domain/period.ts';
import { DEFAULT_RULES, type RuleEntry, type RuleTimeline } from '../domain/rule.ts';
import { prepared } from './sql.ts';

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
      const rows = await prepared<Row>(
        client,
        'tenant settings',
        'SELECT tenant, version, zones, rules FROM billing.tenants WHERE tenant = ANY ($1::text[])',
        [[...tenants]],
      );
      for (const row of rows) result.set(row.tenant, settingsOf(row));
      return result;
    },
  };
}

function timeline<Entry>(entries: readonly Entry[]): readonly [Entry, ...Entry[]] {
  const [first, ...rest] = entries;
  if (first === undefined) throw new RangeError('a timeline has at least one entry');
  return [first, ...rest];
}
