import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

/** A file that holds a secret is none that can be trusted; the message says why and what to do. */
export class SecretFileRefused extends Error {
  override name = 'SecretFileRefused';
}

/** As `ADMIN_API_KEY`; what we make ourselves has 32 and more. */
const SHORTEST = 16;

/** What to do about a file that is none that can be trusted. */
interface Remedies {
  ifOpen: string;
  ifShort: string;
}

const MAKE_ANOTHER: Remedies = {
  ifOpen: 'make a new one if somebody has (remove the file)',
  ifShort: 'put the right one back, or remove the file and a new one is made',
};

/**
 * The secret kept in a file that only its owner may read; the first caller makes it. Processes that call at the same
 * time get the same one. Throws `SecretFileRefused` where the file is empty, too short or open to others.
 */
export function keepSecret(
  path: string,
  make: () => string,
  remedies = MAKE_ANOTHER,
): { secret: string; created: boolean } {
  const readSecret = (file: string) => readSecretFile(file, remedies);
  if (existsSync(path)) return { secret: readSecret(path), created: false };
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(temporary, `${make()}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(temporary, path);
    return { secret: readSecret(path), created: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return { secret: readSecret(path), created: false };
  } finally {
    rmSync(temporary, { force: true });
  }
}

function readSecretFile(path: string, { ifOpen, ifShort }: Remedies): string {
  // Windows has no such modes.
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0)
    throw new SecretFileRefused(
      `${path} holds a secret and may be read by others: chmod 600 it, and ${ifOpen}.`,
    );
  const secret = readFileSync(path, 'utf8').trim();
  if (secret.length < SHORTEST)
    throw new SecretFileRefused(
      `${path} holds ${secret.length} characters, not a secret of at least ${SHORTEST}: ${ifShort}.`,
    );
  return secret;
}
