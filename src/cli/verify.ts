/** `janela verify`: runs the proofs once and says what differs. */

import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { createLogger } from '../logger.ts';
import { withUnsealing } from '../service/keys.ts';
import { openLog } from '../service/open.ts';
import type { Database } from '../store/database.ts';
import { requireDefaultTimeZone } from '../store/default-time-zone.ts';
import type { Finding } from '../verify/difference.ts';
import { invoiceHeads } from '../verify/invoices/positions.ts';
import { verifyInvoices } from '../verify/invoices/verify-invoices.ts';
import { verifyLog } from '../verify/log-chain.ts';
import { verifyProjection } from '../verify/projection/verify-projection.ts';
import { CommandFailed, requireConfig, requireMigrated, settingsHelp, withDatabase } from './command.ts';
import { createProgressBar } from './progress-bar.ts';

export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description(
      'Check that the projection holds together and that final invoices are what was copied for them, beside a running service or without one',
    )
    .option(
      '--log',
      'check instead that no record of the log changed or vanished since it was projected, or an invoice was made from it',
      false,
    )
    .addHelpText('after', settingsHelp())
    .action(async ({ log }: { log: boolean }) => {
      const config = requireConfig('command');
      await withDatabase(config, createLogger(config.logLevel), async (database) => {
        await requireMigrated(database);
        await (log ? verifyTheLog(config, database) : verifyTheDatabase(config, database));
      });
    });
}

async function verifyTheDatabase(config: Config, database: Database): Promise<void> {
  const defaultTimeZone = await requireDefaultTimeZone(database.db, config.defaultTimeZone);
  const startedAt = performance.now();
  const projection = orFail(
    await withBar('Verifying', 'events', (progress) =>
      withUnsealing(config, database, createLogger(config.logLevel), (unsealing) =>
        verifyProjection(database, { defaultTimeZone, unsealing, progress }),
      ),
    ),
  );
  const invoices = orFail(
    await withBar('Verifying invoices', 'windows', (progress) => verifyInvoices(database, { progress })),
  );
  const { events, conversations, windows } = projection.counts;
  process.stdout.write(
    `Verified in ${secondsSince(startedAt)} s: ${events} events, ${conversations} conversations and ${windows} windows of schema ${projection.schema} hold together;\n` +
      `invoices: ${invoices.counts.invoices}, charging ${invoices.counts.windows} windows, as they were copied for them.\n`,
  );
}

async function verifyTheLog(config: Config, database: Database): Promise<void> {
  const startedAt = performance.now();
  // First: a projection only moves on from what an invoice stands on.
  const heads = await invoiceHeads(database.db);
  const log = await openLog(config, database, createLogger(config.logLevel));
  const verified = orFail(
    await withBar('Verifying the log', 'records', (progress) =>
      verifyLog(database, log, { heads, progress }),
    ).finally(() => log.close()),
  );
  process.stdout.write(
    [
      `Verified in ${secondsSince(startedAt)} s: ${verified.records} records of the log are as they were projected, and as the invoices noted them. Heads of the hash chains:`,
      ...verified.heads.map(
        ({ partition, next, chain }) => `  partition ${partition}, next ${next}: ${chain}`,
      ),
      '',
    ].join('\n'),
  );
}

function orFail<Verified extends { ok: true } | ({ ok: false } & Finding)>(
  verified: Verified,
): Extract<Verified, { ok: true }> {
  if (!verified.ok) throw new CommandFailed(`${verified.difference}\n${verified.mend}`);
  return verified as Extract<Verified, { ok: true }>;
}

async function withBar<T>(
  title: string,
  unit: string,
  work: (progress: (done: number, total: number) => void) => Promise<T>,
): Promise<T> {
  const bar = createProgressBar(title, unit);
  return await work((done, total) => bar.show(done, total)).finally(() => bar.end());
}

function secondsSince(startedAt: number): string {
  return ((performance.now() - startedAt) / 1_000).toFixed(1);
}
