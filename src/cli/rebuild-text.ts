import type { Comparison } from '../projection/compare.ts';
import type { Rebuild } from '../projection/rebuild-state.ts';

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
