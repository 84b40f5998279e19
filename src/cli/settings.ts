import { type Config, type Purpose, readConfig } from '../config.ts';
import { SETTINGS } from '../settings.ts';
import { CommandFailed } from './failure.ts';

/** The settings, or one message that lists every bad one. */
export function requireConfig(purpose: Purpose): Config {
  const result = readConfig(undefined, purpose);
  if (result.ok) return result.config;
  const lines = result.problems.map((problem) => `  ${problem}`);
  throw new CommandFailed(['janela does not start, the settings are wrong:', ...lines].join('\n'));
}

/** For `--help`: the settings with their defaults. */
export function settingsHelp(): string {
  const lines = Object.entries(SETTINGS).map(([name, { fallback, allowed }]) => {
    const standard = fallback === null ? '' : ` (default ${fallback})`;
    return `  ${name.padEnd(22)}${allowed}${standard}`;
  });
  return ['', 'Settings (environment):', ...lines].join('\n');
}
