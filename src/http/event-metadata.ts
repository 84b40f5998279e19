import type { Check, Flaw } from './event-fields.ts';

/** UTF-8 bytes of the compact JSON. */
export const METADATA_BYTES = 4096;

const NOT_OBJECT: Flaw = { at: '', detail: 'must be an object' };
const TOO_LARGE: Flaw = { at: '', detail: `must have at most ${METADATA_BYTES} bytes as compact JSON` };
const BAD_TEXT: Flaw = { at: '', detail: 'must not contain NUL or lone surrogates' };
const BAD_NUMBER: Flaw = { at: '', detail: 'must not contain numbers beyond the range of a double' };

/**
 * Metadata is anything but what JSON or PostgreSQL cannot keep. It is looked through and never copied, so that names
 * like `__proto__` stay as they came.
 */
export const metadataFlaw: Check = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return NOT_OBJECT;
  const found = nestedFlaw(value, 1);
  if (found !== null) return found;
  return Buffer.byteLength(JSON.stringify(value)) > METADATA_BYTES ? TOO_LARGE : null;
};

/** Each level costs two bytes at least, so what is too deep for the stack is too large in any case. */
function nestedFlaw(value: unknown, depth: number): Flaw | null {
  switch (typeof value) {
    case 'string':
      return textFlaw(value);
    case 'number':
      return Number.isFinite(value) ? null : BAD_NUMBER;
    case 'object':
      if (value === null) return null;
      return depth > METADATA_BYTES / 2 ? TOO_LARGE : membersFlaw(value, depth);
    default:
      return null;
  }
}

function membersFlaw(value: object, depth: number): Flaw | null {
  const isArray = Array.isArray(value);
  for (const [name, member] of Object.entries(value)) {
    const found = (isArray ? null : textFlaw(name)) ?? nestedFlaw(member, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

function textFlaw(text: string): Flaw | null {
  return text.includes('\0') || !text.isWellFormed() ? BAD_TEXT : null;
}
