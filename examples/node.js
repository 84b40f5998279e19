/** Posts the events of a conversation and reads what they count for: JANELA_URL=... JANELA_KEY=... node examples/node.js */
import process from 'node:process';
import { createClient, createSender } from '@janela/client';

const { JANELA_URL: url = 'http://127.0.0.1:3000', JANELA_KEY: key = '' } = process.env;
const party = {
  tenant: 'example-node',
  channel: 'whatsapp',
  account: '551140000001',
  contact: '5511987654321',
};

const sender = createSender({
  url,
  key,
  // Not sent again: keep it for somebody to look at.
  onRejected: ({ event, problem }) => console.error(`${event.id} was refused: ${problem.detail}`),
  onRetry: ({ pauseMs, reason }) => console.error(`again in ${pauseMs} ms: ${reason}`),
});
// Each resolves when the log has the event. Nobody has to wait for one before sending the next.
await Promise.all([
  sender.send({ ...party, id: 'n-1', type: 'message.received', occurredAt: '2026-11-03T10:00:00-03:00' }),
  sender.send({ ...party, id: 'n-2', type: 'message.sent', occurredAt: '2026-11-03T10:01:00-03:00' }),
  sender.send({
    ...party,
    id: 'n-3',
    type: 'message.sent',
    occurredAt: '2026-11-05T09:00:00-03:00',
    template: { name: 'order_update', category: 'utility' },
  }),
]);
await sender.close();

const client = createClient({ url, key });
const { data, error } = await client.getUsage({
  params: { path: { tenant: party.tenant }, query: { period: '2026-11', after: sender.receipt() } },
});
if (error !== undefined) throw new Error(`${error.title}: ${error.detail}`);
console.log(`receptive ${data.receptive.windows}, active ${data.active.windows}`);
