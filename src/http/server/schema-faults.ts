/** What of a request does not fit the schemas of its route: each place, and what may have been meant. */

import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { meantAmong } from '../../domain/text.ts';
import { PLUS_HINT } from '../conventions/schemas.ts';
import { Problem } from '../problems/problem.ts';

interface SchemaError {
  validation: SchemaFault[];
  validationContext?: string | undefined;
}

interface SchemaFault {
  keyword: string;
  instancePath: string;
  message?: string | undefined;
  params: object;
}

interface Place {
  path: string;
  message: string;
}

export function invalidRequest(
  { validation, validationContext }: SchemaError,
  request: FastifyRequest,
): Problem {
  const { schema = {} } = request.routeOptions;
  const isQuery = validationContext === 'querystring';
  const checked: unknown = isQuery ? schema.querystring : schema.body;
  const places = validation.flatMap((fault) => placesOf(fault, checked));
  const errors = places.map(({ path, message }) => {
    if (validationContext === 'body') return { pointer: path, detail: message };
    const parameter = path.slice(1);
    return { parameter, detail: isQuery && hasPlus(request, parameter) ? message + PLUS_HINT : message };
  });
  const [first] = errors;
  const place = first?.pointer ?? first?.parameter;
  const detail = first === undefined ? undefined : `${place || validationContext}: ${first.detail}`;
  return new Problem('invalid-request', detail, { members: { errors } });
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
    path: `${path}/${key}`,
    message: `is unknown here${known === null ? '' : meantAmong(key, known)}`,
  }));
}

const MOST_UNKNOWN = 10;

/** Of a union, what is wrong with the alternative that was meant: the first whose own type fits. */
function placeOf({ keyword, instancePath, message = 'is not valid', params }: SchemaFault) {
  const path = instancePath.replace(/^\/$/, '');
  if (keyword === 'unrecognized_keys') return { path, message, keys: (params as { keys?: string[] }).keys };
  if (keyword !== 'invalid_union') return { path, message };
  const { errors = [] } = params as { errors?: UnionBranch[][] };
  const meant = errors.find(([issue]) => issue?.code !== 'invalid_type' || issue.path.length > 0)?.[0];
  if (meant === undefined) return { path, message };
  const { message: detail, keys } = meant;
  return { path: [path, ...meant.path.map(String)].join('/'), message: detail, keys };
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
