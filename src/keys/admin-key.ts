import { join } from 'node:path';
import type { Config } from '../config.ts';
import { keepSecret } from '../store/secret-file.ts';
import { newSecret } from './keys.ts';

/** The key with all scopes, and where it came from. */
export interface AdminKey {
  /** The first is shown where one is; the others are good, too. */
  secrets: readonly [string, ...string[]];
  origin:
    | { kind: 'setting'; file: string | null }
    | { kind: 'made'; path: string }
    | { kind: 'kept'; path: string };
}

/** `ADMIN_API_KEY`, else the one made at the first start and kept in the data directory for its owner's eyes only. */
export function settleAdminKey({ adminKey, dataDir }: Pick<Config, 'adminKey' | 'dataDir'>): AdminKey {
  if (adminKey !== null) {
    const [first = '', ...others] = adminKey.secrets;
    return { secrets: [first, ...others], origin: { kind: 'setting', file: adminKey.file } };
  }
  const path = join(dataDir, 'admin-key');
  const { secret, created } = keepSecret(path, newSecret);
  return { secrets: [secret], origin: { kind: created ? 'made' : 'kept', path } };
}
