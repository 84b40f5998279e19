import { readFileSync } from 'node:fs';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { App } from '../deps.ts';
import { describeRoute, describeRoutes, finishDocument, TAGS } from './description.ts';
import { pagePolicy } from './security-headers.ts';

const description = `Meters 24-hour conversation windows and turns them into invoice lines.

Instants are RFC 3339; they leave in UTC with milliseconds. Money is decimal strings. Every error is an
\`application/problem+json\` document (RFC 9457) whose \`type\` is the path of a page that explains it. Lists take
\`limit\` and \`cursor\` and return \`items\` and \`nextCursor\`.`;

/** Its scripts and styles come as files; the pictures and styles that it puts into the page stand in them. */
const SWAGGER_UI_POLICY = pagePolicy(
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
);

/** The API description, made from the routes' schemas. Register before the routes. */
export async function documentation(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'janela',
        version: packageVersion(),
        description,
        contact: { name: 'janela maintainers' },
      },
      servers: [{ url: '/', description: 'The service that serves this description' }],
      tags: TAGS,
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    },
    transform: describeRoute,
    transformObject: finishDocument,
  });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: SWAGGER_UI_POLICY });
  describeRoutes(app);
  let yaml: string | null = null;
  let json: string | null = null;
  app.get(
    '/openapi.yaml',
    {
      schema: {
        tags: ['Documentation'],
        operationId: 'getOpenapiYaml',
        summary: 'This description, as YAML',
        response: {
          200: { description: 'OpenAPI 3.1', content: { 'application/yaml': { schema: z.string() } } },
        },
      },
    },
    async (_request, reply) => {
      yaml ??= openapiYaml(app);
      reply.type('application/yaml; charset=utf-8');
      return yaml;
    },
  );
  app.get(
    '/openapi.json',
    {
      schema: {
        tags: ['Documentation'],
        operationId: 'getOpenapiJson',
        summary: 'This description, as JSON',
        response: { 200: z.looseObject({ openapi: z.string() }).describe('OpenAPI 3.1') },
      },
      // One text for all: whoever asks often, and reads nothing, holds no copies.
      serializerCompiler: () => (value) => {
        json ??= JSON.stringify(value);
        return json;
      },
    },
    async () => app.swagger() as { openapi: string },
  );
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/**
 * The description of an app that is ready, as YAML. The same routes give the same text. What a reader of YAML 1.1 would
 * take for a date is quoted.
 */
export function openapiYaml(app: App): string {
  return stringify(app.swagger(), { lineWidth: 110, aliasDuplicateObjects: false, schema: 'yaml-1.1' });
}
