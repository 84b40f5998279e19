import { z } from 'zod';
import type { App } from './deps.ts';

/** What a route says of its query parameters; nothing is: it has none. */
export function queryOf(querystring: unknown): z.ZodObject {
  if (querystring === undefined) return z.strictObject({});
  if (querystring instanceof z.ZodObject) return querystring;
  throw new Error('query parameters are described by an object');
}

/** Routes without query parameters refuse them too, so that a misspelt one is seen wherever it is sent. */
export function refuseUnknownQueries(app: App): void {
  app.addHook('onRoute', (route) => {
    route.schema = { ...route.schema, querystring: queryOf(route.schema?.querystring).strict() };
  });
}
