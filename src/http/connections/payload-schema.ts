import { z } from 'zod';

/** The largest payload that Meta sends, in bytes. */
export const MOST_PAYLOAD_BYTES = 3 * 1024 * 1024;

/** Payloads for the API description: read part by part in `intake/whatsapp/`, and never refused for their form. */
export const payloadSchema = z.looseObject({}).meta({
  id: 'WhatsappPayload',
  description: "What Meta's webhook sends: entries, their changes, and in these messages and statuses",
  examples: [
    {
      object: 'whatsapp_business_account',
      entry: [
        {
          id: '102290129340398',
          changes: [
            {
              field: 'messages',
              value: {
                messaging_product: 'whatsapp',
                metadata: { display_phone_number: '551140000001', phone_number_id: '106540352242922' },
                contacts: [{ profile: { name: 'Ana' }, wa_id: '5511987654321' }],
                messages: [
                  {
                    from: '5511987654321',
                    id: 'wamid.A',
                    timestamp: '1793710800',
                    type: 'text',
                    text: { body: 'oi' },
                  },
                ],
              },
            },
          ],
        },
      ],
    },
  ],
});
