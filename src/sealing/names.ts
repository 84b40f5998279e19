/** Texts that name persons: the names are replaced by hashes, and kept sealed beside them. */

import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';
import type { ContactKey, ContactKeys } from './contact-keys.ts';
import { generationOf, open, seal } from './sealed.ts';

/** What stands for a name, and is what remains of it once its key is destroyed. */
export function erasedName(hash: string): string {
  return `erased:${hash}`;
}

/** Names by what stands for them. */
export type Names = Readonly<Record<string, string>>;

/** Names under the seal of one key. */
export interface SealedNames {
  /** The conversation that the key is for. */
  whose: string;
  block: Buffer;
}

/** Bound to `place`, a word for where it is kept. */
export function sealNames(key: ContactKey, place: string, names: Names): SealedNames {
  return {
    whose: key.conversation,
    block: seal(key, placeOf(place, key.conversation), Buffer.from(JSON.stringify(names))),
  };
}

/** The names in each; none where their key is destroyed. */
export async function openNames(
  keys: Pick<ContactKeys, 'forReading'>,
  place: string,
  sealed: readonly SealedNames[],
  db?: Kysely<Tables>,
): Promise<Names[]> {
  const named = sealed.map(({ whose, block }) => ({ conversation: whose, generation: generationOf(block) }));
  const secrets = await keys.forReading(named, db);
  return sealed.map(({ whose, block }, index) => {
    const secret = secrets[index] ?? null;
    return secret === null
      ? {}
      : (JSON.parse(open(secret, placeOf(place, whose), block).toString()) as Names);
  });
}

function placeOf(place: string, conversation: string): Buffer {
  return Buffer.from(`${place} ${conversation}`);
}

/** The same text or JSON value with the names in it; what has none stays as it is. */
export function withNames<T>(value: T, names: Names): T {
  return rename(value, names) as T;
}

function rename(value: unknown, names: Names): unknown {
  if (typeof value === 'string')
    return Object.entries(names).reduce(
      (text, [placeholder, name]) => text.replaceAll(placeholder, () => name),
      value,
    );
  if (Array.isArray(value)) return value.map((item) => rename(item, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([member, item]) => [member, rename(item, names)]));
}
