import { join } from 'node:path';
import type { Config } from '../config.ts';
import { keepSecret } from '../store/secret-file.ts';
import { newSecret } from './keys.ts';

/** The key with all scopes, and where it came from. */
export interface AdminKey {
  secret: string;
  origin: { kind: 'setting' } | { kind: 'made'; path: string } | { kind: 'kept'; path: string };
}

/** `ADMIN_API_KEY`, else the one made at the first start and kept in the data directory for its owner's eyes only. */
export function settleAdminKey({ adminKey, dataDir }: Config): AdminKey {
  if (adminKey !== null) return { secret: adminKey, origin: { kind: 'setting' } };
  const path = join(dataDir, 'admin-key');
  const { secret, created } = keepSecret(path, newSecret);
  return { secret, origin: { kind: created ? 'made' : 'kept', path } };
}
