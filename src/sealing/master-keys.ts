/** Master keys: what wraps the keys of contacts and all else that is stored under a seal of the installation. */

import { createHmac } from 'node:crypto';
import { decrypt, encrypt, SealBroken } from './sealed.ts';

/** Of a master key, in bytes. */
export const MASTER_KEY_BYTES = 32;

export interface MasterKeys {
  /** Names the keys without giving anything away, 16 hex digits each; the first wraps, all open. */
  readonly names: readonly [string, ...string[]];
  /** `label` says what it is (a column, say): nothing sealed under one label opens under another. */
  seal(label: string, content: Uint8Array): Buffer;
  /** Throws `MasterKeyMissing` where none of the keys sealed it, and `SealBroken` where it was changed since. */
  open(label: string, block: Buffer): Buffer;
}

/** What was asked for is wrapped by a master key that is not among those given. */
export class MasterKeyMissing extends Error {
  override name = 'MasterKeyMissing';
}

/** In bytes, at the start of what is wrapped. */
const NAME = 8;

/** name of the key (8 bytes) | nonce | ciphertext | tag. */
export function createMasterKeys(secrets: readonly Buffer[]): MasterKeys {
  const keys = new Map(secrets.map((secret) => [nameOf(secret), secret]));
  const [first, ...others] = [...keys.keys()];
  const secret = secrets[0];
  if (first === undefined || secret === undefined) throw new TypeError('no master key was given');
  const name = Buffer.from(first, 'hex');
  return {
    names: [first, ...others],
    seal(label, content) {
      const block = encrypt(secret, Buffer.from(label), content, NAME);
      name.copy(block, 0);
      return block;
    },
    open(label, block) {
      if (block.length < NAME) throw new SealBroken('what is wrapped is cut short');
      const by = block.toString('hex', 0, NAME);
      const key = keys.get(by);
      if (key === undefined)
        throw new MasterKeyMissing(`it is wrapped by the master key ${by}, which MASTER_KEY does not list`);
      return decrypt(key, Buffer.from(label), block.subarray(NAME));
    },
  };
}

function nameOf(secret: Buffer): string {
  if (secret.length !== MASTER_KEY_BYTES) throw new TypeError('a master key has 32 bytes');
  return createHmac('sha256', secret)
    .update('janela: name of a master key')
    .digest('hex')
    .slice(0, 2 * NAME);
}
