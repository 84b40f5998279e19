/** `janela log export`: copies the log into a folder. */

import { resolve } from 'node:path';
import { wallClock } from '../../clock.ts';
import { type Exported, exportLog } from '../../log/transfer/export.ts';
import { createLogger } from '../../logger.ts';
import { exportKeys } from '../../sealing/transfer.ts';
import { plural, requireConfig } from '../command.ts';
import { createProgressBar } from '../progress-bar.ts';
import { withLogToRead } from './reading.ts';

export async function logExport(folder: string, { fileRecords }: { fileRecords: number }): Promise<void> {
  const config = requireConfig('command');
  const logger = createLogger(config.logLevel);
  const bar = createProgressBar('Exporting the log', 'records');
  const startedAt = performance.now();
  const exported = await withLogToRead(config, logger, (log, db) =>
    exportLog(log, {
      folder: resolve(folder),
      fileRecords,
      now: wallClock,
      ...(db === null ? {} : { keys: () => exportKeys(db) }),
      progress: (done, total) => bar.show(done, total),
      waiting: (error) => logger.warn({ err: error }, 'the log could not be read and will be tried again'),
    }),
  ).finally(() => bar.end());
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  process.stdout.write(`${describe(exported, resolve(folder))} after ${seconds} s.\n`);
  process.stderr.write(gapWarning(exported));
}

function describe({ manifest, added }: Exported, folder: string): string {
  const all = manifest.heads.reduce((sum, { records }) => sum + records, 0);
  const files = plural(manifest.files.length, 'file');
  return `Exported ${plural(added, 'record')}; ${folder} holds ${plural(all, 'record')} of ${manifest.partitions} partitions in ${files}`;
}

/** Said now, while there is something to be done about it, and not when the backup is needed. */
function gapWarning({ manifest }: Exported): string {
  return manifest.heads
    .filter(({ records, end }) => records < end)
    .map(
      ({ partition, records, end }) =>
        `Warning: partition ${partition} has only ${plural(records, 'record')} up to offset ${end} (somebody else wrote into the topic with transactions). This export cannot be imported: no other log would give its records the same offsets.\n`,
    )
    .join('');
}
