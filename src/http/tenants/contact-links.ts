/** Whose an alias is. Contract section 5, "Contact links". */

import { z } from 'zod';
import {
  type Alias,
  aliasOf,
  deleteLink,
  findLink,
  listLinks,
  NO_LINK,
  putLink,
  showLink,
} from '../../intake/contacts/links.ts';
import { text } from '../../schemas.ts';
import { decodeCursor, pageOf, pageQuery, toPage } from '../conventions/page.ts';
import { channelIn, instantOut, partyQuery, requireParty, tenantParams } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { Problem, problemResponses, valueFrom } from '../problems/problem.ts';

type LinkDeps = Pick<AppDeps, 'db' | 'sealing' | 'clock' | 'contactLinks'>;

export const linkSchema = z
  .object({
    channel: z.string(),
    alias: z.string().meta({ description: 'What events may call the contact, in normal form' }),
    contact: z.string().meta({ description: 'Whom they mean, in normal form' }),
    linkedBy: z.string().meta({ description: 'Id of the API key' }),
    createdAt: instantOut,
  })
  .meta({ id: 'ContactLink' });

const linkParams = tenantParams.extend({
  channel: channelIn,
  alias: text(1, 256).meta({ description: 'What events may call the contact, compared after normalising' }),
});
const cursorKey = z.tuple([z.string(), z.string().regex(/^[0-9a-f]{32}$/)]);

const tags = ['Events'];
const url = '/v1/tenants/:tenant/contact-links/:channel/:alias';

export function contactLinkRoutes(app: App, deps: LinkDeps): void {
  putLinkRoute(app, deps);
  deleteLinkRoute(app, deps);
  app.get(
    url,
    {
      config: { scope: 'events:write' },
      schema: {
        tags,
        operationId: 'getContactLink',
        summary: 'Whose an alias is',
        params: linkParams,
        response: { 200: linkSchema, ...problemResponses('invalid-request', 'not-found') },
      },
    },
    async ({ params }) => {
      const link = await findLink(deps, named(params));
      if (link === null) throw new Problem('not-found', NO_LINK);
      return showLink(link);
    },
  );
  listLinksRoute(app, deps);
}

function putLinkRoute(app: App, deps: LinkDeps): void {
  app.put(
    url,
    {
      config: { scope: 'events:write' },
      schema: {
        tags,
        operationId: 'putContactLink',
        summary: 'Say whose an alias is',
        description:
          'From then on, everywhere within 5 s, events of the alias are taken for the contact before they are logged. What is in the log stays as it is.',
        params: linkParams,
        body: z.strictObject({ contact: text(1, 256) }).meta({
          id: 'ContactLinkTarget',
          examples: [{ contact: '5511987654321' }],
        }),
        response: {
          200: linkSchema.describe('It was so already'),
          201: linkSchema,
          ...problemResponses('invalid-request', 'not-json', 'alias-linked', 'link-chain'),
        },
      },
    },
    async ({ params, body, key }, reply) => {
      const change = { actor: key.id, at: deps.clock() };
      const { link, created } = valueFrom(await putLink(deps, named(params), body.contact, change));
      await deps.contactLinks.refresh();
      return reply.code(created ? 201 : 200).send(showLink(link));
    },
  );
}

function deleteLinkRoute(app: App, deps: LinkDeps): void {
  app.delete(
    url,
    {
      config: { scope: 'events:write' },
      schema: {
        tags,
        operationId: 'deleteContactLink',
        summary: 'End a contact link',
        description: 'From then on, everywhere within 5 s, the alias stands for itself.',
        params: linkParams,
        response: {
          204: z.undefined().describe('Ended'),
          ...problemResponses('invalid-request', 'not-found'),
        },
      },
    },
    async ({ params, key }, reply) => {
      valueFrom(await deleteLink(deps, named(params), { actor: key.id, at: deps.clock() }));
      await deps.contactLinks.refresh();
      return reply.code(204).send();
    },
  );
}

function listLinksRoute(app: App, deps: LinkDeps): void {
  app.get(
    '/v1/tenants/:tenant/contact-links',
    {
      config: { scope: 'events:write' },
      schema: {
        tags,
        operationId: 'listContactLinks',
        summary: 'Contact links of a tenant, by channel and the hash of the alias',
        params: tenantParams,
        querystring: z.strictObject({
          channel: partyQuery.channel,
          contact: partyQuery.contact,
          ...pageQuery,
        }),
        response: { 200: pageOf(linkSchema), ...problemResponses('invalid-request', 'invalid-cursor') },
      },
    },
    async ({ params: { tenant }, query: { channel, contact, limit, cursor } }) => {
      requireParty({ channel, contact });
      const after = cursor === undefined ? null : decodeCursor(cursor, cursorKey);
      const links = await listLinks(deps, { tenant, channel, contact }, { after, limit: limit + 1 });
      return toPage(links, limit, showLink, ({ channel: on, hashes }) => [on, hashes.alias]);
    },
  );
}

function named({ tenant, channel, alias }: Alias): Alias {
  return valueFrom(aliasOf(tenant, channel, alias));
}
