import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/**
 * The secret kept in a file that only its owner may read; the first caller makes it. Processes that call at the same
 * time get the same one.
 */
export function keepSecret(path: string, make: () => string): { secret: string; created: boolean } {
  if (existsSync(path)) return { secret: readFileSync(path, 'utf8').trim(), created: false };
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(temporary, `${make()}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(temporary, path);
    return { secret: readFileSync(path, 'utf8').trim(), created: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return { secret: readFileSync(path, 'utf8').trim(), created: false };
  } finally {
    rmSync(temporary, { force: true });
  }
}
