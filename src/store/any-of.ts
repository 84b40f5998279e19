import { type RawBuilder, sql } from 'kysely';

/**
 * The right side of `column = ANY (...)`: a list as one parameter. `IN` takes one for each value, and PostgreSQL no more
 * than 65,535 in a statement; a key may be limited to more tenants than that.
 */
export function anyOf(values: Iterable<string>): RawBuilder<string> {
  return sql<string>`ANY (${[...values]}::text[])`;
}

/** The same of hashes. */
export function anyHashOf(hashes: readonly string[]) {
  return sql<string>`ANY (${[...hashes]}::uuid[])`;
}
