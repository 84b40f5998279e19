import { z } from 'zod';

/** What a route says of its query parameters; nothing is: it has none. */
export function queryOf(querystring: unknown): z.ZodObject {
  if (querystring === undefined) return z.strictObject({});
  if (querystring instanceof z.ZodObject) return querystring;
  throw new Error('query parameters are described by an object');
}
