import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder that every user may enter: PostgreSQL runs as another one when the tests run as root. */
export function temporaryFolder(purpose: string): string {
  const folder = mkdtempSync(join(tmpdir(), `janela-${purpose}-`));
  chmodSync(folder, 0o755);
  return folder;
}
