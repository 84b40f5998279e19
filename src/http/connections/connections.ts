/** Connections: whose payloads are taken, and how. Contract section 5, "WhatsApp Cloud API webhook". */

import { z } from 'zod';
import {
  type Connection,
  KINDS,
  listConnections,
  putConnection,
  showConnection,
} from '../../intake/connections/connections.ts';
import { EVENT_JSON } from '../../intake/read-event.ts';
import type { MappedPayload } from '../../intake/whatsapp/payload.ts';
import { tenantRefused } from '../../keys/rights.ts';
import { text, token } from '../../schemas.ts';
import { decodeCursor, largePage, pageOf, pageQuery } from '../conventions/page.ts';
import { instantOut } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { problemFrom, problemResponses } from '../problems/problem.ts';
import { MOST_PAYLOAD_BYTES, payloadSchema } from './payload-schema.ts';
import { connectionParams, requireConnection, requireUnlimited, tags } from './shared.ts';

type ConnectionDeps = Pick<AppDeps, 'db' | 'clock' | 'connections' | 'sealing'>;

const mapping = {
  kind: z.enum(KINDS).meta({ description: 'What its payloads are' }),
  sends: z.enum(['posted', 'from-status']).meta({
    description: 'Sent messages are posted by whoever sends them, or taken from the status `sent`',
  }),
  tenants: z.record(text(1, 256), token).meta({
    description:
      'Whose messages are whose, by id of the business account (WABA), id of the phone number, or the number itself; what says more comes first',
  }),
  tenant: token.nullable().meta({ description: "Whose all else is; null: nobody's, and kept as unmapped" }),
};

const termsSchema = z
  .strictObject({
    ...mapping,
    appSecret: text(1, 256).meta({
      description: 'Secret of the app at Meta, which signs payloads; never shown',
    }),
    verifyToken: text(1, 256).meta({ description: 'What Meta sends at the handshake; never shown' }),
  })
  .meta({
    id: 'ConnectionTerms',
    examples: [
      {
        kind: 'whatsapp-cloud',
        appSecret: 'the secret of the app',
        verifyToken: 'anything long',
        sends: 'from-status',
        tenants: { '102290129340398': 'acme' },
        tenant: null,
      },
    ],
  });

const connectionSchema = z
  .object({ name: z.string(), ...mapping, createdAt: instantOut, updatedAt: instantOut })
  .meta({ id: 'Connection' });

const placeSchema = {
  pointer: z.string().meta({ description: 'JSON pointer into the payload' }),
  detail: z.string().meta({ description: 'Why, in words for people' }),
};

const previewSchema = z
  .object({
    events: z
      .array(
        z.object({
          pointer: placeSchema.pointer,
          event: z.record(z.string(), z.unknown()).meta({ description: 'As POST /v1/events takes it' }),
        }),
      )
      .meta({ description: 'What would be logged' }),
    skipped: z.array(z.object(placeSchema)).meta({ description: 'What is no event and should be none' }),
    unmapped: z
      .array(z.object({ ...placeSchema, reason: z.enum(['no-tenant', 'unknown-form', 'rejected']) }))
      .meta({ description: 'What would be kept as unmapped' }),
    links: z
      .array(
        z.object({
          tenant: z.string(),
          channel: z.string(),
          alias: z.string().meta({ description: 'What the contact is called too' }),
          contact: z.string(),
        }),
      )
      .meta({ description: 'Contact links that it would make' }),
  })
  .meta({ id: 'PayloadPreview' });

const cursorKey = z.tuple([z.string()]);

export function connectionRoutes(app: App, deps: ConnectionDeps): void {
  putConnectionRoute(app, deps);
  readConnectionRoutes(app, deps);
  previewRoute(app, deps);
}

function putConnectionRoute(app: App, { db, clock, connections, sealing }: ConnectionDeps): void {
  app.put(
    '/v1/connections/:connection',
    {
      config: { scope: 'billing:write' },
      schema: {
        tags,
        operationId: 'putConnection',
        summary: 'Make or change a connection',
        description:
          'Its secrets are stored encrypted and never shown. In force everywhere within 5 s. Give Meta the address `/v1/connections/{connection}/webhook`.',
        params: connectionParams,
        body: termsSchema,
        response: {
          200: connectionSchema.describe('Changed'),
          201: connectionSchema.describe('Made'),
          ...problemResponses('invalid-request', 'not-json'),
        },
      },
    },
    async ({ params: { connection: name }, body, key }, reply) => {
      requireUnlimited(key);
      const change = { actor: key.id, at: clock() };
      const { connection, created } = await putConnection(db, sealing.master, { ...body, name }, change);
      await connections.refresh();
      return reply.code(created ? 201 : 200).send(showConnection(connection));
    },
  );
}

function readConnectionRoutes(app: App, { db, connections }: ConnectionDeps): void {
  app.get(
    '/v1/connections',
    {
      config: { scope: 'billing:read' },
      schema: {
        tags,
        operationId: 'listConnections',
        summary: 'Connections by name, without their secrets',
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(connectionSchema), ...problemResponses('invalid-request', 'invalid-cursor') },
      },
    },
    async ({ query: { limit, cursor }, key }) => {
      requireUnlimited(key);
      const [after] = cursor === undefined ? [''] : decodeCursor(cursor, cursorKey);
      // Each may name as many tenants as a body holds.
      return await largePage(
        limit,
        (last, most) => listConnections(db, { after: last?.name ?? after, limit: most }),
        showConnection,
        ({ name }) => [name],
      );
    },
  );
  app.get(
    '/v1/connections/:connection',
    {
      config: { scope: 'billing:read' },
      schema: {
        tags,
        operationId: 'getConnection',
        summary: 'A connection, without its secrets',
        params: connectionParams,
        response: { 200: connectionSchema, ...problemResponses('invalid-request', 'not-found') },
      },
    },
    async ({ params, key }) => {
      requireUnlimited(key);
      const {
        read: _,
        key: __,
        secrets: ___,
        ...connection
      } = requireConnection(connections, params.connection);
      return showConnection(connection satisfies Connection);
    },
  );
}

function previewRoute(app: App, { connections, clock }: ConnectionDeps): void {
  app.post(
    '/v1/connections/:connection/preview',
    {
      config: { scope: 'events:write' },
      bodyLimit: MOST_PAYLOAD_BYTES,
      schema: {
        tags,
        operationId: 'previewPayload',
        summary: 'What a payload would become; nothing is written',
        params: connectionParams,
        body: payloadSchema,
        response: { 200: previewSchema, ...problemResponses('invalid-request', 'not-json', 'not-found') },
      },
    },
    async ({ params, body, key }) => {
      const preview = showPreview(requireConnection(connections, params.connection).read(body), clock());
      const tenants = new Set([
        ...preview.events.map(({ event }) => String(event.tenant)),
        ...preview.links.map(({ tenant }) => tenant),
      ]);
      for (const tenant of tenants) {
        const refused = tenantRefused(key, tenant);
        if (refused !== null) throw problemFrom(refused.refusal);
      }
      return preview;
    },
  );
}

function showPreview({ events, skipped, unmapped, links }: MappedPayload, now: number) {
  const read = events.map((part) => ({ ...part, result: EVENT_JSON.read(part.event, now) }));
  const rejected = read.flatMap(({ pointer, result }) =>
    'event' in result
      ? []
      : {
          pointer,
          reason: 'rejected' as const,
          detail: `${result.rejection.pointer}: ${result.rejection.detail}`,
        },
  );
  return {
    events: read.flatMap(({ pointer, event, result }) => ('event' in result ? { pointer, event } : [])),
    skipped,
    unmapped: [...unmapped.map(({ pointer, reason, detail }) => ({ pointer, reason, detail })), ...rejected],
    links,
  };
}
