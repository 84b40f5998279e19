import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import { copyOutLines } from '../../store/copy-out.ts';
import type { WindowRange } from '../line-sets.ts';
import { LONG_MS } from '../locks.ts';

/** Of new invoices; those made before have 1. */
export const DIGEST_VERSION = 2;

const BUFFER_BYTES = 1_048_576;
/** Eight texts of at most 256 characters, each of which JSON writes in at most 6 bytes, fit several times. */
const LONGEST_ITEM_BYTES = 65_536;
const ESCAPED: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\' };

/**
 * SHA-256, in hex, of the RFC 8785 JSON of the array of a period's window items by id, without `position`, `contact` and
 * `openedBy` (contract section 9). Streams: its memory does not grow with the windows. COPY and a hand-written item because the
 * JSON in SQL costs 9 us a window and the driver's rows more (measured).
 */
export async function digestWindows(
  client: PoolClient,
  schema: string,
  { tenant, span }: WindowRange,
): Promise<string> {
  const name = client.escapeIdentifier(schema);
  return await digestRows(
    client,
    `COPY (SELECT ${ITEM_COLUMNS} FROM ${name}.windows w
      WHERE w.tenant = ${client.escapeLiteral(tenant)} AND w.opened_at >= ${span.start} AND w.opened_at < ${span.end}
      ORDER BY w.conversation, w.opener) TO STDOUT (NULL '')`,
    DIGEST_VERSION,
  );
}

/** What an item is made from, of a window `w`. */
export const ITEM_COLUMNS = `w.conversation, w.opener, w.opened_at, w.closes_at, w.kind, w.channel, w.account, w.rule,
  w.origin, w.category, w.campaign`;

/**
 * The same over the rows of a COPY statement with these columns (of version 1 with contact and opener behind the account), sorted by the first two and with empty for null.
 * `look` is shown the fields of each row, those that stand after them too.
 */
export async function digestRows(
  client: PoolClient,
  copy: string,
  version: number,
  look?: (fields: readonly string[]) => void,
): Promise<string> {
  const items = createItems(version);
  for await (const lines of copyOutLines(client, copy, LONG_MS)) {
    for (const line of lines) {
      const fields = line.split('\t');
      look?.(fields);
      items.add(line, fields);
    }
  }
  return items.digest();
}

/** Window items whose JSON is hashed as they come. */
export interface Items {
  /** One line of COPY, and its fields. */
  add(line: string, fields: readonly string[]): void;
  /** Of the array of all since the last one. */
  digest(): string;
}

/** Items are written into one buffer over and over: half the time of joining strings (2.2 us a window, measured). */
export function createItems(version = DIGEST_VERSION): Items {
  const jsonOf = version === DIGEST_VERSION ? item : namedItem;
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  let hash = createHash('sha256');
  let used = 0;
  let separator = '[';
  return {
    add(line, fields) {
      if (used > BUFFER_BYTES - LONGEST_ITEM_BYTES) {
        hash.update(buffer.subarray(0, used));
        used = 0;
      }
      used += buffer.write(separator + jsonOf(line, fields), used);
      separator = ',';
    },
    digest() {
      const hex = hash
        .update(buffer.subarray(0, used))
        .update(separator === '[' ? '[]' : ']')
        .digest('hex');
      hash = createHash('sha256');
      used = 0;
      separator = '[';
      return hex;
    },
  };
}

/** Canonical JSON of the window item that one line of COPY describes. */
function item(line: string, fields: readonly string[]): string {
  const quote = NEEDS_ESCAPE.test(line) ? quoteUnescaped : quotePlain;
  const [conversation = '', opener = '', openedAt, closesAt, kind, channel, account, rule] = fields;
  return (
    `{"account":${quote(account)},"campaign":${quote(fields[10])},"category":${quote(fields[9])},` +
    `"channel":${quote(channel)},"closesAt":"${instant(Number(closesAt))}",` +
    `"id":"${(conversation + opener).replaceAll('-', '')}","kind":"${kind === '0' ? 'receptive' : 'active'}",` +
    `"openedAt":"${instant(Number(openedAt))}","origin":${quote(fields[8])},"rule":${quote(rule)}}`
  );
}

/** The same of version 1, which named contact and opener too. */
function namedItem(line: string, fields: readonly string[]): string {
  const quote = NEEDS_ESCAPE.test(line) ? quoteUnescaped : quotePlain;
  const [
    conversation = '',
    opener = '',
    openedAt,
    closesAt,
    kind,
    channel,
    account,
    contact,
    openedBy,
    rule,
  ] = fields;
  return (
    `{"account":${quote(account)},"campaign":${quote(fields[12])},"category":${quote(fields[11])},` +
    `"channel":${quote(channel)},"closesAt":"${instant(Number(closesAt))}","contact":${quote(contact)},` +
    `"id":"${(conversation + opener).replaceAll('-', '')}","kind":"${kind === '0' ? 'receptive' : 'active'}",` +
    `"openedAt":"${instant(Number(openedAt))}","openedBy":${quote(openedBy)},"origin":${quote(fields[10])},` +
    `"rule":${quote(rule)}}`
  );
}

/** What COPY or JSON escapes; the tab only stands between fields. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what finds them
const NEEDS_ESCAPE = /["\\\u0000-\u0008\u000a-\u001f]/;

/** Empty is null: no field of a window is empty. */
function quotePlain(field = ''): string {
  return field === '' ? 'null' : `"${field}"`;
}

function quoteUnescaped(field = ''): string {
  if (field === '') return 'null';
  return JSON.stringify(field.replaceAll(/\\(.)/g, (_, escaped: string) => ESCAPED[escaped] ?? escaped));
}

const DAY_MS = 86_400_000;
const days = new Map<number, string>();

/** As `toISOString` has it, at a third of its time: most windows share their days. */
function instant(ms: number): string {
  const day = Math.floor(ms / DAY_MS);
  let date = days.get(day);
  if (date === undefined) {
    if (days.size > 1_000) days.clear();
    date = new Date(day * DAY_MS).toISOString().slice(0, -13);
    days.set(day, date);
  }
  const rest = ms - day * DAY_MS;
  const seconds = Math.floor(rest / 1_000);
  const minutes = Math.floor(seconds / 60);
  return `${date}${TWO[Math.floor(minutes / 60)]}:${TWO[minutes % 60]}:${TWO[seconds % 60]}${MILLIS[rest % 1_000]}Z`;
}

const TWO = Array.from({ length: 60 }, (_, i) => String(i).padStart(2, '0'));
const MILLIS = Array.from({ length: 1_000 }, (_, i) => `.${String(i).padStart(3, '0')}`);
