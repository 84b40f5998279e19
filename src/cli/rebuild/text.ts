/** Rebuilds and what they found, as text for a person. */

import type { ComparedCharges } from '../../domain/compared-charges.ts';
import type { OtherRules, RuleTimeline } from '../../domain/rule.ts';
import type { Comparison } from '../../projection/compare/compare.ts';
import type { ComparedPeriod, ComparedUsage } from '../../projection/compare/usage.ts';
import type { Rebuild } from '../../projection/rebuild/state.ts';

/** What a rebuild is at, in one line for a person. */
export function describeRebuild({ id, state, phase, schema, error }: Rebuild): string {
  const at = state === 'running' ? `, at ${phase}` : '';
  return `Rebuild ${id} (schema ${schema}) is ${state}${at}${error === null ? '' : `: ${error}`}`;
}

/** What the comparison found, for a person. */
export function describeComparison({ counts, digests, differences }: Comparison): string {
  const { events, conversations, windows } = counts.rebuilt;
  const lines = [
    `Rebuilt: ${events} events, ${conversations} conversations, ${windows} windows; digest ${digests.rebuilt}`,
    `Live:    ${counts.live.events} events, ${counts.live.conversations} conversations, ${counts.live.windows} windows; digest ${digests.live}`,
  ];
  if (differences.count === 0) return [...lines, 'At the same log positions they are equal.'].join('\n');
  lines.push(`At the same log positions they differ in ${differences.count} places:`);
  for (const { tenant, period, table, live, rebuilt, changed, samples } of differences.items) {
    const where = [tenant === null ? 'no tenant' : `tenant ${tenant}`, period].filter(
      (part) => part !== null,
    );
    lines.push(
      `- ${where.join(', ')}, ${table}: ${live} only live, ${rebuilt} only rebuilt, ${changed} changed`,
      ...samples.map((sample) => `    ${sample}`),
    );
  }
  return lines.join('\n');
}

/** The answer to a what-if, for a person of finance: a table per tenant and period, and the totals. */
export function describeUsage({ rules, period, comparison }: Rebuild): string {
  const usage = comparison?.usage;
  if (rules === null || usage === undefined) return '';
  const asked = `What if ${describeRules(rules)}${period === null ? '' : `, in ${period}`}?`;
  if (usage.count === 0) return `${asked}\nNobody has windows there, as it is or as it would be.`;
  const items = usage.items.map(describePeriod);
  const unlisted = usage.count - usage.items.length;
  const more = unlisted > 0 ? [`... and ${unlisted} more, counted in the totals.`] : [];
  const totals = usage.count > 1 ? [describeTotals(usage)] : [];
  return [asked, ...items, ...more, ...totals].join('\n\n');
}

function describeRules({ all, tenants }: OtherRules): string {
  const named = Object.entries(tenants).map(([tenant, rules]) => `${tenant} had ${describeTimeline(rules)}`);
  if (all !== null)
    named.push(`${named.length > 0 ? 'every other tenant' : 'every tenant'} had ${describeTimeline(all)}`);
  return named.join(', ');
}

function describeTimeline(rules: RuleTimeline): string {
  return rules
    .map(({ from, rule, hours, activeWhen }) => {
      const since = from === null ? '' : ` from ${new Date(from).toISOString()} on`;
      return `${rule} (${hours} h, active when ${activeWhen})${since}`;
    })
    .join(', then ');
}

type Row = [string, string, string, string];

function describePeriod({ tenant, period, receptive, active, money }: ComparedPeriod): string {
  const rows: Row[] = [
    [`${tenant} ${period.id}`, 'now', 'what-if', 'difference'],
    windows('receptive windows', receptive),
    windows('active windows', active),
  ];
  if (money === null) return table(rows);
  const { currency, lines, invoiced } = money;
  const priced = lines.filter(({ live, rebuilt }) => !isZero(live.amount) || !isZero(rebuilt.amount));
  rows.push(
    ...priced.map(
      ({ code, live, rebuilt, difference }): Row => [
        `${currency} ${code}`,
        live.amount,
        rebuilt.amount,
        difference,
      ],
    ),
    total(money),
  );
  const final =
    invoiced === null
      ? []
      : [
          `  Final: invoice ${invoiced.number}, ${currency} ${invoiced.total} invoiced so far; it stays, and the next one would adjust it by ${invoiced.adjustment}.`,
        ];
  return [table(rows), ...final].join('\n');
}

function isZero(amount: string): boolean {
  return !/[1-9]/.test(amount);
}

function describeTotals({ count, totals: { receptive, active, money } }: ComparedUsage): string {
  return table([
    [`all ${count}`, 'now', 'what-if', 'difference'],
    windows('receptive windows', receptive),
    windows('active windows', active),
    ...money.map(total),
  ]);
}

function windows(name: string, { live, rebuilt }: { live: number; rebuilt: number }): Row {
  return [name, String(live), String(rebuilt), String(rebuilt - live)];
}

function total({ currency, live, rebuilt, difference }: Omit<ComparedCharges, 'lines'>): Row {
  return [`${currency} total`, live, rebuilt, difference];
}

/** The first column to the left, numbers to the right; the first row is the head. */
function table(rows: readonly Row[]): string {
  const widths = [0, 1, 2, 3].map((i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows
    .map(([name, ...numbers], line) => {
      const indent = line === 0 ? '' : '  ';
      const cells = numbers.map((text, i) => text.padStart(widths[i + 1] ?? 0));
      return [(indent + name).padEnd((widths[0] ?? 0) + 2), ...cells].join('  ');
    })
    .join('\n');
}
