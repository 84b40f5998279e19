/** `janela serve`: runs the service until it is told to stop. */

import type { Command } from 'commander';
import type { Logger } from 'pino';
import { wallClock } from '../clock.ts';
import { createLogger } from '../logger.ts';
import { startService } from '../service/service.ts';
import { banner } from './banner.ts';
import { CommandFailed, requireConfig, settingsHelp } from './command.ts';

export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('Run the service until SIGTERM or SIGINT')
    .addHelpText('after', settingsHelp())
    .action(async () => {
      const config = requireConfig('serve');
      const logger = createLogger(config.logLevel);
      const { stopping, hurried } = stopSignals(logger);
      const service = await startService(config, { logger, signal: stopping });
      process.stdout.write(banner(service, wallClock()));
      let failure = await Promise.race([aborted(stopping), service.failed]);
      if (failure === undefined && config.drainSeconds > 0 && !hurried.aborted) {
        logger.info(`/readyz answers 503 for ${config.drainSeconds} s before anything stops`);
        failure = await Promise.race([service.drain(hurried), service.failed]);
      }
      const { hung } = await service.stop();
      if (failure !== undefined) throw failure;
      if (hung.length > 0) throw new CommandFailed(hungSentence(hung, config.shutdownSeconds));
      logger.info('stopped');
    });
}

interface StopSignals {
  /** Aborts at the first SIGTERM or SIGINT. */
  stopping: AbortSignal;
  /** Aborts at the first SIGINT: nobody is to be sent elsewhere first, a person waits. */
  hurried: AbortSignal;
}

/**
 * What comes after the first signal changes nothing else: npm passes on the ^C that this process has got from the
 * terminal already, a supervisor may tell both, and stopping has a deadline of its own.
 */
function stopSignals(logger: Logger): StopSignals {
  const stopping = new AbortController();
  const hurried = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (!stopping.signal.aborted) logger.info(`${name}: stopping`);
      if (name === 'SIGINT') hurried.abort();
      stopping.abort(new CommandFailed(`janela was stopped by ${name} before it had started.`));
    });
  }
  return { stopping: stopping.signal, hurried: hurried.signal };
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

function hungSentence([first, ...rest]: readonly string[], seconds: number): string {
  const waiting = rest.length === 0 ? '' : ` (still to be closed after it: ${rest.join(', ')})`;
  return `janela did not stop within ${seconds} s: ${first} hung${waiting}.`;
}
