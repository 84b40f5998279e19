/** How routes become the API description: what every operation says, and what the finished document keeps to. */
import { STATUS_CODES } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import type { SwaggerTransform, SwaggerTransformObject } from '@fastify/swagger';
import type { FastifySchema, RouteOptions } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { App } from '../deps.ts';
import { withProblems } from '../problems/problem.ts';
import type { ProblemName } from '../problems/problem-types.ts';
import { bodySchemas } from './json-body.ts';
import { VOCABULARY } from './vocabulary.ts';

export const TAGS = [
  { name: 'Events', description: 'Post what happened, and ask whether it counted' },
  { name: 'Usage', description: 'Counts of windows and messages by period' },
  {
    name: 'Windows',
    description: 'The 24-hour windows, why each one exists, and the state of a conversation',
  },
  { name: 'Connections', description: 'Payloads of others that become events, and what of them could not' },
  { name: 'Webhooks', description: 'Whom the service tells what happens, and what they were told' },
  { name: 'Tenants', description: 'Whose conversations are metered: names, time zones, rules' },
  { name: 'Privacy', description: 'What is kept about one person, and erasing it' },
  { name: 'Finance', description: 'Plans, subscriptions, invoices and their lines, and who changed what' },
  { name: 'Operations', description: 'The projection, rebuilds and API keys' },
  { name: 'Health', description: 'For load balancers, orchestrators and Prometheus' },
  { name: 'Documentation', description: 'This description, and pages about problems' },
];

/**
 * Every route that is described names its operation and says what any request may be answered with. Call it before the
 * routes; a scope with keys replaces `security`.
 */
export function describeRoutes(app: App): void {
  app.addHook('onRoute', (route) => {
    const { method, url, schema } = route;
    if (schema?.hide === true || method === 'HEAD') return;
    if (schema?.operationId === undefined) throw new Error(`${method} ${url} has no operationId`);
    route.schema = {
      ...schema,
      security: schema.security ?? [],
      response: withProblems(schema.response, ...usualProblems(route)),
    };
  });
}

/** What the server may answer before, or instead of, the route. */
function usualProblems({ url, method, schema }: RouteOptions): ProblemName[] {
  const names: ProblemName[] = ['invalid-request', 'internal-error', 'shutting-down'];
  if (url.includes(':')) names.push('uri-too-long');
  if (url.startsWith('/v1/')) names.push('too-many-requests', 'database-unavailable');
  if (schema?.body !== undefined) names.push('not-json');
  if (method !== 'GET') names.push('body-too-large', 'unsupported-media-type');
  return names;
}

type OverrideContext = Parameters<
  NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>
>[0];

const zodToJsonConfig = { override: finishSchema };
const toJsonSchemas = createJsonSchemaTransform({ zodToJsonConfig });
const toComponents = createJsonSchemaTransformObject({ zodToJsonConfig });

/** Throws where two schemas bear one name: the later one would silently stand for both. */
function requireOwnId(schema: z.core.$ZodType): void {
  const { id } = z.globalRegistry.get(schema) ?? {};
  if (id !== undefined && z.globalRegistry._idmap.get(id) !== schema)
    throw new Error(`two schemas of the API description have the id ${id}`);
}

function finishSchema({ zodSchema, jsonSchema }: OverrideContext): void {
  requireOwnId(zodSchema);
  // zod drops them where reading changes the value; ours show what is sent.
  const { examples } = z.globalRegistry.get(zodSchema) ?? {};
  if (examples !== undefined) jsonSchema.examples ??= examples as unknown[];
  // How far a number is exact in JavaScript is no part of the API.
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
}

/** A route's schemas as JSON schemas, with the headers of its answers. */
export const describeRoute: SwaggerTransform<FastifySchema> = (route) => {
  const { schema } = route;
  const parts = [
    ...bodySchemas(schema?.body),
    schema?.querystring,
    schema?.params,
    ...schemasOf(schema?.response),
  ];
  for (const part of parts) {
    if (part instanceof z.core.$ZodType) requireOwnId(part);
  }
  const described = withBodies(route);
  const responses = (described.schema as { response?: Record<string, object> } | undefined)?.response ?? {};
  for (const [status, { headers }] of Object.entries((schema?.response ?? {}) as Responses)) {
    if (headers !== undefined && responses[status] !== undefined)
      Object.assign(responses[status], { headers });
  }
  return described;
};

/** The type provider knows bodies of one media type only. */
function withBodies(route: DescribedRoute): ReturnType<SwaggerTransform<FastifySchema>> {
  const { schema } = route;
  const { content } = (schema?.body ?? {}) as { content?: Record<string, { schema: z.ZodType }> };
  if (content === undefined) return toJsonSchemas(route);
  const { body: _, ...rest } = schema;
  const described = toJsonSchemas({ ...route, schema: rest });
  const bodies = Object.entries(content).map(([type, { schema: body }]) => {
    const alone = toJsonSchemas({ ...route, schema: { body } });
    return [type, { schema: (alone.schema as FastifySchema).body }] as const;
  });
  return { ...described, schema: { ...described.schema, body: { content: Object.fromEntries(bodies) } } };
}

type DescribedRoute = Parameters<SwaggerTransform<FastifySchema>>[0];

type Responses = Record<string, { headers?: object; content?: Record<string, { schema?: unknown }> }>;

function schemasOf(responses: unknown): unknown[] {
  return Object.values((responses ?? {}) as Responses).flatMap((response) =>
    response instanceof z.core.$ZodType
      ? [response]
      : Object.values(response.content ?? {}).map(({ schema }) => schema),
  );
}

export const finishDocument: SwaggerTransformObject = (documents) =>
  finished(toComponents(documents) as unknown as Document) as unknown as ReturnType<SwaggerTransformObject>;

interface Document {
  paths?: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}

interface Operation {
  parameters?: { name: string; description?: string | undefined }[];
  requestBody?: { required: boolean; content: Record<string, { schema: { anyOf?: { type?: string }[] } }> };
  responses: Record<string, Response>;
}

interface Response {
  description: string;
  content?: unknown;
}

function finished(document: Document): Document {
  for (const operations of Object.values(document.paths ?? {})) {
    for (const { requestBody, responses, parameters = [] } of Object.values(operations)) {
      if (requestBody !== undefined) finishBody(requestBody);
      finishResponses(responses);
      for (const parameter of parameters) parameter.description ??= VOCABULARY[parameter.name];
    }
  }
  const named = withoutSuffixes(withoutUnused(document));
  for (const [name, schema] of Object.entries(named.components.schemas)) describeMembers(schema, [name]);
  describeMembers(named.paths, []);
  return named;
}

/** Says of members what their name means, inside the schemas and members with the given names. */
function describeMembers(part: unknown, inside: readonly string[]): void {
  if (typeof part !== 'object' || part === null) return;
  for (const [keyword, value] of Object.entries(part)) {
    if (keyword === 'example' || keyword === 'examples') continue;
    if (keyword !== 'properties') describeMembers(value, inside);
    else
      for (const [name, member] of Object.entries(value as Record<string, Member>))
        describeMember(name, member, inside);
  }
}

interface Member {
  $ref?: string;
  description?: string;
}

function describeMember(name: string, member: Member, inside: readonly string[]): void {
  const own = [...inside].reverse().map((outer) => VOCABULARY[`${outer}.${name}`]);
  const description = own.find((words) => words !== undefined) ?? VOCABULARY[name];
  if (member.$ref === undefined && member.description === undefined && description !== undefined)
    member.description = description;
  describeMembers(member, [...inside, name]);
}

/** A body that may be null may be left out. */
function finishBody(body: NonNullable<Operation['requestBody']>): void {
  const forms = Object.values(body.content).flatMap(({ schema }) => schema.anyOf ?? []);
  body.required = forms.every(({ type }) => type !== 'null');
}

function finishResponses(responses: Record<string, Response>): void {
  for (const [status, response] of Object.entries(responses)) {
    if (status === '204') delete response.content;
    if (response.description === 'Default Response') response.description = STATUS_CODES[status] ?? status;
  }
}

const REFERENCE = '#/components/schemas/';

/** The type provider describes each named schema as input and as output; most are used as one of them only. */
function withoutUnused(document: Document): Document {
  const { schemas } = document.components;
  for (;;) {
    const text = JSON.stringify(document);
    const unused = Object.keys(schemas).filter((name) => !text.includes(`"${REFERENCE}${name}"`));
    if (unused.length === 0) return document;
    for (const name of unused) delete schemas[name];
  }
}

/**
 * The type provider calls the input form of `Event` `EventInput`. Here it is `Event`; throws where the name would mean
 * two things. Components are ordered by name: else their order is that in which modules are loaded.
 */
function withoutSuffixes(document: Document): Document {
  const renamed = JSON.parse(JSON.stringify(document), (key, value) =>
    key === '$ref' && typeof value === 'string' ? plainName(value) : value,
  ) as Document;
  const schemas: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(renamed.components.schemas)) {
    const plain = plainName(name);
    if (Object.hasOwn(schemas, plain) && !isDeepStrictEqual(schemas[plain], schema))
      throw new Error(`the schema ${plain} is one thing in requests and another in answers: name them apart`);
    schemas[plain] = schema;
  }
  const ordered = Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...renamed, components: { ...renamed.components, schemas: Object.fromEntries(ordered) } };
}

function plainName(name: string): string {
  return name.replace(/Input$/, '');
}
