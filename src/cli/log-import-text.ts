import type { Imported, ImportStage } from '../log/import.ts';
import { plural } from './plural.ts';
import { createProgressBar, type ProgressBar } from './progress-bar.ts';

const STAGES: Record<ImportStage, [what: string, unit: string]> = {
  files: ['Checking the files', 'bytes'],
  compare: ['Comparing what the log holds', 'records'],
  write: ['Importing', 'records'],
};

/** A bar for each stage, one after the other. */
export function importProgress() {
  let current: { stage: ImportStage; bar: ProgressBar } | null = null;
  return {
    show(stage: ImportStage, done: number, total: number) {
      if (current?.stage !== stage) {
        current?.bar.end();
        current = { stage, bar: createProgressBar(...STAGES[stage]) };
      }
      current.bar.show(done, total);
    },
    end: () => current?.bar.end(),
  };
}

export function describeImport(
  { manifest, found, written }: Imported,
  ms: number,
  kind: 'postgres' | 'kafka',
): string {
  const before = found === 0 ? '' : ` after the ${found} that were there`;
  return [
    `Imported ${plural(written, 'record')}${before} in ${(ms / 1_000).toFixed(1)} s. Heads of the hash chains, as exported:`,
    ...manifest.heads.map(({ partition, end, chain }) => `  partition ${partition}, next ${end}: ${chain}`),
    kind === 'kafka'
      ? 'Kafka keeps nobody else from writing; the ends of the topic were checked after the last record. janela verify --log proves the rest once the service has counted.'
      : 'janela verify --log proves it once the service has counted.',
    '',
  ].join('\n');
}
