import { z } from 'zod';
import { NOT_INSTANT, parseInstant } from '../../domain/instant.ts';
import { ACTIVITY_PATTERN, LENGTHS, METADATA_BYTES, metadataFlaw } from '../../intake/event-fields.ts';
import { text, token } from '../../schemas.ts';
import { originIn } from '../conventions/schemas.ts';

/**
 * Events for the API description. What checks them is `read-event.ts`; a property test holds the two together.
 */
const common = {
  id: text(1, LENGTHS.id).describe('Unique within the conversation, derived from the provider’s message id'),
  tenant: token,
  channel: token.describe('whatsapp, instagram, messenger, webchat, ...; upper and lower case are one'),
  account: text(1, LENGTHS.id).describe('The number or page of the tenant'),
  contact: text(1, LENGTHS.id).describe('The end customer'),
  occurredAt: z
    .string()
    .refine((value) => parseInstant(value) !== null, NOT_INSTANT)
    .meta({
      format: 'date-time',
      description: 'With an offset; any age, at most 5 minutes in the future',
      example: '2026-11-03T10:00:00-03:00',
    }),
  metadata: z
    .custom<Record<string, unknown>>((value) => metadataFlaw(value) === null)
    .optional()
    .meta({ type: 'object', description: `Anything, at most ${METADATA_BYTES} bytes as compact JSON` }),
};

const message = text(1, LENGTHS.id);

/** What all examples have in common. */
const example = {
  tenant: 'acme',
  channel: 'whatsapp',
  account: '551140000001',
  contact: '5511987654321',
  occurredAt: '2026-11-03T10:00:00-03:00',
};

const received = z.strictObject({ type: z.literal('message.received'), ...common }).meta({
  id: 'MessageReceived',
  description: 'The contact wrote',
  examples: [{ ...example, id: 'wamid.A', type: 'message.received' }],
});

const sent = z
  .strictObject({
    type: z.literal('message.sent'),
    ...common,
    template: z
      .strictObject({
        name: text(1, LENGTHS.templateName),
        category: token.describe(
          'marketing, utility, authentication, or any other; upper and lower case are one',
        ),
        language: text(1, LENGTHS.language).optional(),
      })
      .optional(),
    origin: originIn.optional().describe('How the message was sent; default: api'),
    campaign: token.optional(),
    message: message.optional().describe('The provider’s message id, which receipts name; default: `id`'),
  })
  .meta({
    id: 'MessageSent',
    description: 'The tenant wrote: a template message, or free text without one',
    examples: [
      {
        ...example,
        id: 'wamid.B',
        type: 'message.sent',
        template: { name: 'order_update', category: 'utility', language: 'pt_BR' },
        origin: 'campaign',
        campaign: 'black-friday',
      },
      { ...example, id: 'wamid.C', type: 'message.sent', origin: 'bot' },
    ],
  });

const receipt = z
  .strictObject({
    type: z.enum(['message.delivered', 'message.read', 'message.failed']),
    ...common,
    message: message.describe('The `message` of the sent one'),
    error: z
      .strictObject({
        code: z.union([text(1, LENGTHS.code), z.int()]),
        title: text(0, LENGTHS.title).optional(),
      })
      .optional(),
  })
  .refine((event) => event.id !== event.message, { path: ['id'], message: 'must differ from the message' })
  .meta({
    id: 'Receipt',
    description: 'What became of a sent message; recommended id: `<message>:<type>`',
    examples: [
      {
        ...example,
        id: 'wamid.B:message.failed',
        type: 'message.failed',
        message: 'wamid.B',
        error: { code: 131026, title: 'Message undeliverable' },
      },
    ],
  });

const voided = z
  .strictObject({
    type: z.literal('event.voided'),
    ...common,
    target: text(1, LENGTHS.id).describe('The id of the event that shall never have happened'),
    reason: text(1, LENGTHS.reason),
    actor: text(1, LENGTHS.actor),
  })
  .meta({
    id: 'EventVoided',
    description: 'Takes an event back for good; needs the scope events:void',
    examples: [
      {
        ...example,
        id: 'void-of-wamid.A',
        type: 'event.voided',
        target: 'wamid.A',
        reason: 'Posted for the wrong tenant',
        actor: 'ana@acme.example',
      },
    ],
  });

const activity = z.strictObject({ type: z.string().regex(ACTIVITY_PATTERN), ...common }).meta({
  id: 'Activity',
  description: 'Recorded and shown; opens nothing',
  examples: [{ ...example, id: 'transfer-1', type: 'activity.transfer' }],
});

export const eventSchema = z.union([received, sent, receipt, voided, activity]).meta({ id: 'Event' });
