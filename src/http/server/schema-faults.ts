/** What of a request does not fit the schemas of its route: each place, and what may have been meant. */

import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { say, verbatim } from '../../domain/sentences.ts';
import { meantAmong } from '../../domain/text.ts';
import { withPlusHint } from '../conventions/schemas.ts';
import { faultMembers, Problem } from '../problems/problem.ts';

/** Of a part of a request, how many faults are kept: more than are named. */
const MOST_FAULTS = 30;
/** Values that a body may have for all that is wrong with it to be looked for; of a larger one the first fault is. */
const MOST_VALUES = 2_000;

interface SchemaFault {
  keyword: string;
  instancePath: string;
  message: string;
  params: object;
}

interface Place {
  path: string;
  message: string;
}

/** What part of a request does not fit its schema. */
export class Misfit extends Error {
  override name = 'Misfit';
  readonly faults: readonly SchemaFault[];
  /** Faults that are not among these. */
  readonly more: number;
  /** Part of the request; set by fastify. */
  declare validationContext?: string;

  constructor(issues: readonly z.core.$ZodIssue[]) {
    super('does not fit its schema');
    this.faults = issues.slice(0, MOST_FAULTS).map(({ code, path, message, ...params }) => ({
      keyword: code,
      instancePath: `/${path.map(shown).join('/')}`,
      message,
      params,
    }));
    this.more = issues.length - this.faults.length;
  }
}

/** A name as long as the body would be told once per fault below it. */
function shown(part: PropertyKey): string {
  const name = String(part);
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}...` : name;
}

const LONGEST_NAME = 256;

/**
 * Holds parts of requests against their schemas. Of a large value only the first fault is looked for: 350,000 empty
 * names in a body of 1 MiB took 13 s and an answer of 57 MB.
 */
export function schemaValidator({ schema }: { schema: unknown }) {
  if (!(schema instanceof z.ZodType)) throw new TypeError('a schema of a route is not one of zod');
  return (value: unknown): { value: unknown } | { error: Misfit } => {
    const result = z.safeParse(schema, value, isLarge(value) ? FIRST_FAULT : undefined);
    return result.success ? { value: result.data } : { error: new Misfit(result.error.issues) };
  };
}

/** What zod's own `validate` looks by, which does not say where the fault is. */
const FIRST_FAULT: z.core.ParseContext<z.core.$ZodIssue> & { abortEarly: true } = { abortEarly: true };

function isLarge(value: unknown): boolean {
  let left = MOST_VALUES;
  const visit = (one: unknown): void => {
    if (--left < 0 || typeof one !== 'object' || one === null) return;
    if (Array.isArray(one)) {
      for (let i = 0; i < one.length && left >= 0; i++) visit(one[i]);
      return;
    }
    for (const name in one) {
      if (left < 0) return;
      visit((one as Record<string, unknown>)[name]);
    }
  };
  visit(value);
  return left < 0;
}

export function invalidRequest(
  { faults, more, validationContext }: Misfit,
  request: FastifyRequest,
): Problem {
  const { schema = {} } = request.routeOptions;
  const isQuery = validationContext === 'querystring';
  const checked: unknown = isQuery ? schema.querystring : schema.body;
  const places = faults.flatMap((fault) => placesOf(fault, checked));
  const errors = places.map(({ path, message }) => {
    if (validationContext === 'body') return { pointer: path, detail: message };
    const parameter = path.slice(1);
    return {
      parameter,
      detail: isQuery && hasPlus(request, parameter) ? withPlusHint(verbatim(message)) : message,
    };
  });
  const [first] = errors;
  const place = first?.pointer ?? first?.parameter;
  const detail =
    first === undefined
      ? undefined
      : say('{place}: <detail>', {
          place: place || String(validationContext),
          detail: verbatim(first.detail),
        });
  return new Problem('invalid-request', detail, { members: faultMembers(errors, more + errors.length) });
}

/** Whether a query parameter was sent with a `+`, which is read as a space. */
function hasPlus({ raw }: FastifyRequest, parameter: string): boolean {
  const [, query = ''] = raw.url?.split('?', 2) ?? [];
  return query.split('&').some((pair) => pair.startsWith(`${parameter}=`) && pair.includes('+'));
}

interface UnionBranch {
  code: string;
  path: PropertyKey[];
  message: string;
  keys?: string[];
}

/** Where the fault is; each member that is unknown is a place of its own, though of many only some are named. */
function placesOf(fault: SchemaFault, schema: unknown): Place[] {
  const { path, message, keys } = placeOf(fault);
  if (keys === undefined) return [{ path, message }];
  const known = membersAt(schema, path.split('/').slice(1));
  return keys.slice(0, MOST_UNKNOWN).map((key) => ({
    path: `${path}/${shown(key)}`,
    message: `is unknown here${known === null ? '' : meantAmong(key, known)}`,
  }));
}

const MOST_UNKNOWN = 10;

/** Of a union, what is wrong with the alternative that was meant: the first whose own type fits. */
function placeOf({ keyword, instancePath, message, params }: SchemaFault) {
  const path = instancePath.replace(/^\/$/, '');
  if (keyword === 'unrecognized_keys') return { path, message, keys: (params as { keys?: string[] }).keys };
  if (keyword !== 'invalid_union') return { path, message };
  const { errors = [] } = params as { errors?: UnionBranch[][] };
  const meant = errors.find(([issue]) => issue?.code !== 'invalid_type' || issue.path.length > 0)?.[0];
  if (meant === undefined) return { path, message };
  const { message: detail, keys } = meant;
  return { path: [path, ...meant.path.map(shown)].join('/'), message: detail, keys };
}

/** The names that an object may have at a place in a schema; null where it may have any. */
function membersAt(schema: unknown, path: readonly string[]): string[] | null {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return membersAt(schema.unwrap(), path);
  if (schema instanceof z.ZodPipe) return membersAt(schema.in, path);
  if (schema instanceof z.ZodUnion) return membersOfAny(schema.options, path);
  const [name, ...rest] = path;
  if (schema instanceof z.ZodArray) return membersAt(schema.element, rest);
  if (!(schema instanceof z.ZodObject)) return null;
  if (name === undefined) return Object.keys(schema.shape);
  return membersAt(schema.shape[name] ?? schema.def.catchall, rest);
}

function membersOfAny(options: readonly unknown[], path: readonly string[]): string[] | null {
  for (const option of options) {
    const members = membersAt(option, path);
    if (members !== null) return members;
  }
  return null;
}
