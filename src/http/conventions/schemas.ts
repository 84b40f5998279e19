/** Schemas of values that many routes have in common. */

import { z } from 'zod';
import type { PeriodSpan } from '../../billing/invoice.ts';
import { normaliseName, normaliseParty } from '../../domain/conversation.ts';
import { ORIGINS } from '../../domain/event.ts';
import { isoInstant } from '../../domain/instant.ts';
import type { Calendar } from '../../domain/period.ts';
import { type Said, say } from '../../domain/sentences.ts';
import { text, token } from '../../schemas.ts';
import type { App } from '../deps.ts';
import { Problem } from '../problems/problem.ts';

/** An instant in an answer; handlers give milliseconds through `isoInstant`. */
export const instantOut = z.string().meta({ format: 'date-time', example: '2026-11-03T13:00:00.000Z' });

export const periodOut = z
  .object({ id: z.string(), start: instantOut, end: instantOut, timeZone: z.string() })
  .meta({ id: 'Period', description: "A calendar month in the tenant's zone; `end` is exclusive" });

export function showPeriod(calendar: Calendar, id: string): z.infer<typeof periodOut> {
  return showSpan({ id, ...calendar.boundsOf(id) });
}

export function showSpan({ id, start, end, timeZone }: PeriodSpan): z.infer<typeof periodOut> {
  return { id, start: isoInstant(start), end: isoInstant(end), timeZone };
}

/** A query parameter that is true or false. */
export const booleanIn = z
  .unknown()
  .transform((value, context) => {
    if (value !== 'true' && value !== 'false') context.addIssue(say('must be true or false'));
    return value === 'true';
  })
  .optional()
  .meta({ type: 'boolean' });

export const tenantParams = z.object({ tenant: token });

const party = text(1, 256).optional().meta({ description: 'Compared after normalising it as ingest does' });

/** A channel that is asked for, or that an event names. */
export const channelIn = token.transform(normaliseName);

/** An origin likewise; the description names the four as they are answered, and allows every case. */
export const originIn = z
  .string()
  .transform(normaliseName)
  .pipe(z.enum(ORIGINS))
  .meta({
    anyOf: [
      { type: 'string', enum: [...ORIGINS] },
      { type: 'string', pattern: `^(${ORIGINS.map(inAnyCase).join('|')})$` },
    ],
  });

function inAnyCase(word: string): string {
  return word.replaceAll(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`);
}

/** Query parameters that name a side of a conversation. */
export const partyQuery = { channel: channelIn.optional(), account: party, contact: party };

/** Behind what is wrong with a query parameter that has a `+`, as telephone numbers and offsets have. */
export function withPlusHint(fault: Said): Said {
  return say('<fault>; a + in an address is read as a space: write it as %2B', { fault });
}

/** Throws the problem `invalid-request` for an account or contact of which normalising leaves nothing. */
export function requireParty(query: {
  channel?: string | undefined;
  account?: string | undefined;
  contact?: string | undefined;
}): void {
  for (const name of ['account', 'contact'] as const) {
    const value = query[name];
    if (value === undefined || normaliseParty(query.channel ?? '', value) !== '') continue;
    const empty = say('is empty after normalising');
    const detail = value.includes(' ') ? withPlusHint(empty) : empty;
    throw new Problem('invalid-request', say('{place}: <detail>', { place: name, detail }), {
      members: { errors: [{ parameter: name, detail }] },
    });
  }
}

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

export const positionSchema = z
  .object({ partition: z.int(), offset: z.int() })
  .meta({ id: 'Position', description: 'Where a record stands in the log' });

/** Headers of a request that makes something each time it comes. */
export const onceHeaders = z.looseObject({
  'idempotency-key': text(1, 256).optional().meta({
    description:
      'A name for this request, of your choice and never used again, as a UUID is: the same again makes nothing and gets 409 `/problems/conflict`, which names what was made',
    example: '0b9f6c1e-5d0e-4e0a-9c56-0c8a4f3f9f55',
  }),
});

/** The answer when something was made; `location` says where it is. */
export function madeAt<Schema extends z.ZodType>(schema: Schema, description: string) {
  return {
    description,
    headers: { Location: { type: 'string', description: 'Path of what was made' } },
    content: { 'application/json': { schema } },
  };
}
