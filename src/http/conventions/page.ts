import { z } from 'zod';
import { Problem } from '../problems/problem.ts';

/** Query parameters of every list. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'must be a whole number from 1 to 1000')
    .default('100')
    .transform(Number)
    .refine((limit) => limit <= 1000, 'must be a whole number from 1 to 1000')
    .meta({ description: 'Most items in the answer, 1 to 1000', example: '100' }),
  cursor: z
    .string()
    .optional()
    .meta({ description: '`nextCursor` of the page before; leave out for the first page' }),
};

/** The answer of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().meta({ description: 'null: this was the last page' }),
  });
}

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
