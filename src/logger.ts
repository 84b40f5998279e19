import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from './config.ts';

/**
 * The log, on stderr: JSON lines, one short line each on a terminal. Standard output is left to what a command
 * answers. Written synchronously, so that the last line before a crash is not lost.
 */
export function createLogger(level: LogLevel): Logger {
  const destination = process.stderr.isTTY ? forPeople : pino.destination({ fd: 2, sync: true });
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

/** How much a logger says. */
export interface ChangeableLevel {
  now(): { level: LogLevel; usual: LogLevel; until: number | null };
  /** For so long; the usual level comes back by itself. `at` is in ms since 1970. */
  change(level: LogLevel, at: number): void;
  stop(): void;
}

const CHANGED_MS = 15 * 60_000;

/** Lets the level of a logger be changed for 15 minutes; who forgets it there does not fill the disk. */
export function changeableLevel(logger: Pick<Logger, 'level'>, usual: LogLevel): ChangeableLevel {
  let until: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  function stop(): void {
    clearTimeout(timer);
    logger.level = usual;
    until = null;
  }
  return {
    stop,
    now: () => ({ level: logger.level as LogLevel, usual, until }),
    change(level, at) {
      stop();
      if (level === usual) return;
      logger.level = level;
      until = at + CHANGED_MS;
      timer = setTimeout(stop, CHANGED_MS).unref();
    },
  };
}

const forPeople: DestinationStream = {
  write(line) {
    const { level, time, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>;
    const label = pino.levels.labels[Number(level)] ?? 'log';
    const details = Object.entries(rest).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
    const cause = err === undefined ? '' : `: ${messageOf(err)}`;
    process.stderr.write(
      `${String(time).slice(11, 19)} ${label} ${String(msg)}${cause}${details.join('')}\n`,
    );
  },
};

function messageOf(error: unknown): string {
  const { stack, message } = error as { stack?: string; message?: string };
  return stack ?? message ?? JSON.stringify(error);
}
