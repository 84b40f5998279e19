import { isUtf8 } from 'node:buffer';
import type { StoredRecord } from './log.ts';

/**
 * One record as one line of JSON: `{"offset":7,"key":"...","value":{...}}`, the value as the log has it, byte for byte.
 * What would not survive that (no UTF-8, no JSON, a line break) stands in base64 as `key64` or `value64`.
 */
export function encodeLine({ offset, key, value }: StoredRecord): string {
  return `{"offset":${offset},${encodeKey(key)},${encodeValue(value)}}\n`;
}

function encodeKey(key: Buffer): string {
  return isUtf8(key) ? `"key":${JSON.stringify(key.toString())}` : `"key64":"${key.toString('base64')}"`;
}

function encodeValue(value: Buffer): string {
  return isOneLineOfJson(value) ? `"value":${value.toString()}` : `"value64":"${value.toString('base64')}"`;
}

function isOneLineOfJson(value: Buffer): boolean {
  if (value.includes('\n') || value.includes('\r') || !isUtf8(value)) return false;
  try {
    JSON.parse(value.toString());
    return true;
  } catch {
    return false;
  }
}

/** Inside the key every quote has a backslash before it, so the first of these is where the value begins. */
const PLAIN = ',"value":';
const CODED = ',"value64":"';

/** The record of a line without its line break. Throws a `SyntaxError` for what `encodeLine` would not write. */
export function decodeLine(line: Buffer): StoredRecord {
  const plain = line.indexOf(PLAIN);
  const at = plain >= 0 ? plain : line.indexOf(CODED);
  if (at < 0 || line.at(-1) !== CLOSING_BRACE) throw new SyntaxError('not a line of an export');
  const { offset, key, key64 } = JSON.parse(`${line.toString('utf8', 0, at)}}`) as Record<string, unknown>;
  if (!Number.isSafeInteger(offset)) throw new SyntaxError('a line without an offset');
  return {
    offset: offset as number,
    key: typeof key === 'string' ? Buffer.from(key) : Buffer.from(String(key64), 'base64'),
    value:
      plain >= 0
        ? Buffer.from(line.subarray(plain + PLAIN.length, -1))
        : Buffer.from(line.toString('latin1', at + CODED.length, line.length - 2), 'base64'),
  };
}

const CLOSING_BRACE = 0x7d;
