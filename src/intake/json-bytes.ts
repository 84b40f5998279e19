/** JSON in UTF-8, as senders give it to every door. */

import { isUtf8 } from 'node:buffer';
import { type Said, say } from '../domain/sentences.ts';

/** `flaw` is what follows its subject in a sentence. */
export type JsonRead = { value: unknown } | { flaw: Said };

/**
 * Refuses invalid UTF-8 instead of replacing it, and takes `__proto__` for a name like any other: JSON.parse makes it an
 * own property, and nothing here copies values member by member.
 */
export function readJson(bytes: Buffer): JsonRead {
  const flaw = encodingFlaw(bytes);
  if (flaw !== null) return { flaw };
  try {
    return { value: JSON.parse(bytes.toString('utf8')) };
  } catch (error) {
    return {
      flaw:
        bytes.length === 0
          ? say('is empty.')
          : say('is not JSON: {message}', { message: (error as Error).message }),
    };
  }
}

/** A byte order mark is named: printed, nobody would see it. */
function encodingFlaw(bytes: Buffer): Said | null {
  const [first, second, third] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return say('begins with the byte order mark of UTF-16. Send UTF-8, without a byte order mark.');
  if (!isUtf8(bytes)) return say('is not UTF-8.');
  if (first === 0xef && second === 0xbb && third === 0xbf)
    return say('begins with a byte order mark (U+FEFF). Send UTF-8 without one.');
  return null;
}
