import { readFileSync } from 'node:fs';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { App } from '../deps.ts';

type OpenapiDocument = ReturnType<typeof jsonSchemaTransformObject>;

const description = `Meters 24-hour conversation windows and turns them into invoice lines.

Instants are RFC 3339; they leave in UTC with milliseconds. Money is decimal strings. Every error is an
\`application/problem+json\` document (RFC 9457) whose \`type\` is the path of a page that explains it. Lists take
\`limit\` and \`cursor\` and return \`items\` and \`nextCursor\`.`;

/** The API description, made from the routes' schemas. Register before the routes. */
export async function documentation(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'janela', version: packageVersion(), description },
      servers: [{ url: '/' }],
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => withoutUnused(jsonSchemaTransformObject(document)),
  });
  await app.register(swaggerUi, { routePrefix: '/docs' });
  let yaml: string | null = null;
  app.get(
    '/openapi.yaml',
    {
      schema: {
        tags: ['Documentation'],
        summary: 'This description',
        response: {
          200: { description: 'OpenAPI', content: { 'application/yaml': { schema: z.string() } } },
        },
      },
    },
    async (_request, reply) => {
      yaml ??= openapiYaml(app);
      reply.type('application/yaml; charset=utf-8');
      return yaml;
    },
  );
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** The description of an app that is ready, as YAML. The same routes give the same text. */
export function openapiYaml(app: App): string {
  return stringify(app.swagger(), { lineWidth: 110, aliasDuplicateObjects: false });
}

/** The type provider describes each named schema as input and as output; most are used as one of them only. */
function withoutUnused(document: OpenapiDocument): OpenapiDocument {
  const schemas = 'components' in document ? document.components?.schemas : undefined;
  if (schemas === undefined) return document;
  // By name: they come in the order in which modules are loaded, which every move of a file changes.
  for (const [name, schema] of Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))) {
    delete schemas[name];
    schemas[name] = schema;
  }
  for (;;) {
    const text = JSON.stringify(document);
    const unused = Object.keys(schemas).filter((name) => !text.includes(`"#/components/schemas/${name}"`));
    if (unused.length === 0) return document;
    for (const name of unused) delete schemas[name];
  }
}
