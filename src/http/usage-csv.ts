import { USAGE_DIMENSIONS } from '../store/read/usage.ts';
import type { CsvColumn } from './csv.ts';
import type { Usage, UsageGroup } from './usage-answer.ts';

/** A tenant's totals, or one of its groups. */
export interface UsageRow {
  usage: Usage;
  group: UsageGroup | null;
}

/** With `groupBy` one row per group, without it one per tenant. */
export function usageRows(usage: Usage, grouped: boolean): UsageRow[] {
  return grouped ? usage.groups.map((group) => ({ usage, group })) : [{ usage, group: null }];
}

/** Figures of the whole period stand only in rows of totals, so that a column can be summed. */
export const USAGE_COLUMNS: readonly CsvColumn<UsageRow>[] = [
  { name: 'tenant', value: ({ usage }) => usage.tenant },
  { name: 'registered', value: ({ usage }) => usage.registered },
  { name: 'test', value: ({ usage }) => usage.test },
  { name: 'plan', value: ({ usage }) => usage.plan },
  { name: 'period', value: ({ usage }) => usage.period.id },
  { name: 'start', value: ({ usage }) => usage.period.start },
  { name: 'end', value: ({ usage }) => usage.period.end },
  { name: 'timeZone', value: ({ usage }) => usage.period.timeZone },
  { name: 'state', value: ({ usage }) => usage.state },
  ...USAGE_DIMENSIONS.map(
    (name): CsvColumn<UsageRow> => ({ name, text: true, value: ({ group }) => group?.[name] ?? null }),
  ),
  { name: 'receptive', value: ({ usage, group }) => (group ?? windows(usage)).receptive },
  { name: 'active', value: ({ usage, group }) => (group ?? windows(usage)).active },
  total('allowance', ({ receptive }) => receptive.allowance),
  total('remaining', ({ receptive }) => receptive.remaining),
  total('overage', ({ receptive }) => receptive.overage),
  total('limit', ({ receptive }) => receptive.limit),
  total('overLimit', ({ receptive }) => receptive.overLimit),
  total('messagesReceived', ({ messages }) => messages.received),
  total('messagesTemplates', ({ messages }) => messages.templates),
  total('messagesFreeForm', ({ messages }) => messages.freeForm),
  total('invoiceNumber', ({ invoiced }) => invoiced?.number ?? null),
  total('invoicedReceptive', ({ invoiced }) => invoiced?.receptive ?? null),
  total('invoicedActive', ({ invoiced }) => invoiced?.active ?? null),
  total('finalizedAt', ({ invoiced }) => invoiced?.finalizedAt ?? null),
  { name: 'lag', value: ({ usage }) => usage.asOf.lag },
  { name: 'caughtUp', value: ({ usage }) => usage.asOf.caughtUp },
];

function windows({ receptive, active }: Usage) {
  return { receptive: receptive.windows, active: active.windows };
}

function total(name: string, value: (usage: Usage) => string | number | boolean | null): CsvColumn<UsageRow> {
  return { name, value: ({ usage, group }) => (group === null ? value(usage) : null) };
}
