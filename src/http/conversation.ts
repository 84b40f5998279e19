import { z } from 'zod';
import { normaliseParty } from '../domain/conversation.ts';
import type { Window } from '../domain/window.ts';
import { conversationHash, type EventDetail } from '../log/record.ts';
import { readSnapshot } from '../store/read/snapshot.ts';
import { KIND_CODES } from '../store/read/windows.ts';
import { tenantSettings } from '../store/tenants.ts';
import { asOf, asOfSchema } from './as-of.ts';
import { conversationAt, type JudgedMessage, permissions } from './conversation-state.ts';
import type { App, AppDeps } from './deps.ts';
import { partyQuery, requireParty } from './party.ts';
import { problemResponses } from './problem.ts';
import { instantOut, isoInstant, tenantParams } from './schemas.ts';
import { instantIn } from './tenant-schemas.ts';
import { positionSchema, type WindowItem, windowItem, windowItemSchema } from './window-item.ts';

const query = z.strictObject({
  channel: partyQuery.channel.unwrap(),
  account: partyQuery.account.unwrap(),
  contact: partyQuery.contact.unwrap(),
  at: instantIn.optional().meta({ description: 'Default: now' }),
});

const conversationSchema = z
  .object({
    window: windowItemSchema.nullable().meta({ description: 'The open one' }),
    customerService: z.object({ open: z.boolean(), closesAt: instantOut.nullable() }),
    freeTextAllowed: z.boolean(),
    templateWouldOpen: z.literal('active').nullable(),
    windows: z.array(windowItemSchema).meta({ description: 'The last 20, newest first' }),
    orphans: z
      .array(z.object({ id: z.string(), occurredAt: instantOut, position: positionSchema }))
      .meta({ description: 'The last 20 free texts sent while no window was open, newest first' }),
    asOf: asOfSchema,
  })
  .meta({ id: 'Conversation' });

/** What a chat screen asks before it shows the yellow tag, or a campaign tool before it quotes a send. */
export function conversationRoutes(app: App, deps: AppDeps): void {
  app.get(
    '/v1/tenants/:tenant/conversation',
    {
      config: { scope: 'usage:read' },
      schema: {
        tags: ['Windows'],
        summary: 'A conversation at an instant, from what had occurred by then',
        params: tenantParams,
        querystring: query,
        response: {
          200: conversationSchema,
          ...problemResponses('invalid-request'),
        },
      },
    },
    async ({ params: { tenant }, query }) => {
      requireParty(query);
      const { channel, at = deps.clock() } = query;
      const account = normaliseParty(channel, query.account);
      const contact = normaliseParty(channel, query.contact);
      const conversation = conversationHash({ tenant, channel, account, contact });
      return await readSnapshot(deps.db, async (snapshot) => {
        const settings = await tenantSettings(snapshot.db, [tenant], deps.defaultTimeZone);
        const rules = settings.get(tenant)?.rules;
        if (rules === undefined) throw new Error('a tenant without settings');
        const state = await conversationAt(snapshot, { conversation, channel, rules }, at);
        const { open, customerService, ...allowed } = permissions(channel, state, at);
        const item = (window: Window<JudgedMessage>) => itemOf(window, { channel, account, contact });
        return {
          window: open === null ? null : item(open),
          customerService: {
            open: customerService.open,
            closesAt: customerService.closesAt === null ? null : isoInstant(customerService.closesAt),
          },
          ...allowed,
          windows: state.windows.map(item).reverse(),
          orphans: state.orphans.map(orphanOf).reverse(),
          asOf: await asOf(snapshot, deps),
        };
      });
    },
  );
}

function itemOf(
  { kind, openedAt, closesAt, opener, rule }: Window<JudgedMessage>,
  party: { channel: string; account: string; contact: string },
): WindowItem {
  const sent: EventDetail = kind === 'active' && opener.detail !== null ? JSON.parse(opener.detail) : {};
  return windowItem({
    ...party,
    conversation: opener.conversation,
    opener: opener.key,
    kind: KIND_CODES[kind],
    openedAt,
    closesAt,
    openedBy: opener.id,
    partition: opener.partition,
    offset: opener.offset,
    origin: sent.origin ?? null,
    category: sent.template?.category ?? null,
    campaign: sent.campaign ?? null,
    rule: rule.rule,
  });
}

function orphanOf({ id, at, partition, offset }: JudgedMessage) {
  return { id, occurredAt: isoInstant(at), position: { partition, offset } };
}
