/** Lists page by page: their query parameters, cursors and answers. */

import { z } from 'zod';
import { say } from '../../domain/sentences.ts';
import { Problem } from '../problems/problem.ts';

const MOST = 1000;
const DEFAULT = 100;

/** How many items a page has at most. */
export function limitIn(usual: number) {
  return z
    .unknown()
    .transform((value, context) => {
      const limit = typeof value === 'string' && /^[1-9]\d{0,3}$/.test(value) ? Number(value) : 0;
      if (limit < 1 || limit > MOST)
        context.addIssue(say('must be a whole number from 1 to {most}', { most: MOST }));
      return limit;
    })
    .default(usual)
    .meta({
      type: 'integer',
      minimum: 1,
      maximum: MOST,
      default: usual,
      description: 'Most items in the answer',
    });
}

/** Query parameters of every list. */
export const pageQuery = {
  limit: limitIn(DEFAULT),
  cursor: z
    .string()
    .optional()
    .meta({ description: '`nextCursor` of the page before; leave out for the first page' }),
};

export const nextCursor = z
  .string()
  .nullable()
  .meta({ description: 'Give it as `cursor`; null: this was the last page' });

/** The answer of a list; its name is that of its items and `Page`. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  const known = pages.get(item) as Page<Item> | undefined;
  if (known !== undefined) return known;
  const { id } = z.globalRegistry.get(item) ?? {};
  if (id === undefined) throw new Error('items of a list have a name in the API description');
  const page: Page<Item> = z
    .object({
      items: z.array(item),
      nextCursor,
    })
    .meta({ id: `${id}Page` });
  pages.set(item, page);
  return page;
}

type Page<Item extends z.ZodType> = z.ZodObject<{
  items: z.ZodArray<Item>;
  nextCursor: z.ZodNullable<z.ZodString>;
}>;
const pages = new WeakMap<z.ZodType, z.ZodType>();

/** Where a page ended: the sort key of its last item, opaque to clients. */
export function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** Throws the problem `invalid-cursor`. */
export function decodeCursor<Key>(cursor: string, schema: z.ZodType<Key>): Key {
  const parsed = schema.safeParse(parseOrNull(cursor));
  if (!parsed.success) throw new Problem('invalid-cursor');
  return parsed.data;
}

function parseOrNull(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'), (_, member) => {
      if (typeof member === 'string' && member.includes('\0')) throw new SyntaxError('NUL is in no key');
      return member;
    });
  } catch {
    return null;
  }
}

/** Makes a page of rows read with `limit + 1`, so that the last page is known to be the last. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  keyOf: (row: Row) => readonly (string | number)[],
): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null,
  };
}

/** Rows read at once where each may be large. */
const FEW = 10;
/** Characters after which a page of large items ends. */
export const MOST_CHARACTERS = 2_000_000;

/**
 * A page of items of which each may have a megabyte: a few are read at a time, and where together they get large the page
 * is short, with a cursor. `read` gives rows after one of them, null: from where the page starts.
 */
export async function largePage<Row, Item>(
  limit: number,
  read: (after: Row | null, limit: number) => Promise<Row[]>,
  toItem: (row: Row) => Item | Promise<Item>,
  keyOf: (row: Row) => readonly (string | number)[],
): Promise<{ items: Item[]; nextCursor: string | null }> {
  const items: Item[] = [];
  let last: Row | null = null;
  let characters = 0;
  for (;;) {
    const most = Math.min(FEW, limit - items.length);
    const rows: Row[] = await read(last, most + 1);
    for (const row of rows.slice(0, most)) {
      const item = await toItem(row);
      items.push(item);
      last = row;
      characters += JSON.stringify(item).length;
      if (characters > MOST_CHARACTERS) break;
    }
    const isLast = rows.length <= most && last === rows.at(-1);
    if (isLast || last === null) return { items, nextCursor: null };
    if (items.length === limit || characters > MOST_CHARACTERS)
      return { items, nextCursor: encodeCursor(keyOf(last)) };
  }
}
