import { createHmac } from 'node:crypto';
import { KEY, serviceOnKafka } from './ingest.ts';
import { openClient } from './lib/http-client.ts';
import { atLeast, type Finding, median, rate } from './lib/stats.ts';
import { inWorld } from './lib/world.ts';

const PER_BODY = 20;
const CONNECTIONS = 4;
const CONTACTS = 2_000;
const APP_SECRET = 'the secret of the app';
const ACCOUNT = '551140000001';
const STARTED_S = Date.UTC(2026, 9, 1) / 1_000;
/** Short and many, in turn: what others do on the machine meets both. */
const RUNS = 7;

interface Sent {
  path: string;
  body: Buffer;
  headers: Record<string, string>;
  status: number;
}

/** Bodies of 20 messages as Meta sends them, against `POST /v1/events` with the events that they become. */
export async function benchWebhook(count: number): Promise<Finding[]> {
  const webhook: number[] = [];
  const events: number[] = [];
  await inWorld(async (world) => {
    const { url } = await serviceOnKafka(world, { ROLES: 'api' });
    await connect(url);
    // Whoever writes for the first time is given a key.
    await sendAll(url, bodiesOf(20_000, 'w', postedEvents));
    await sendAll(url, bodiesOf(20_000, 'x', signedPayload));
    for (let run = 0; run < RUNS; run++) {
      events.push(await sendAll(url, bodiesOf(count, `e${run}-`, postedEvents)));
      webhook.push(await sendAll(url, bodiesOf(count, `p${run}-`, signedPayload)));
    }
  });
  return [
    atLeast(
      `webhook bodies of ${PER_BODY} messages over ${CONNECTIONS} connections`,
      `${webhook.join(', ')} events/s, posts of the same ${PER_BODY} events ${events.join(', ')}`,
      median(webhook.map((each, run) => each / (events[run] ?? Number.NaN))),
      0.8,
    ),
  ];
}

async function connect(url: string): Promise<void> {
  const client = await openClient(url, KEY);
  const terms = {
    ...{ kind: 'whatsapp-cloud', appSecret: APP_SECRET, verifyToken: 'the token of the handshake' },
    ...{ sends: 'posted', tenants: { [ACCOUNT]: 'acme' }, tenant: null },
  };
  const { status, body } = await client.request(
    'PUT',
    '/v1/connections/meta',
    Buffer.from(JSON.stringify(terms)),
  );
  if (status !== 201) throw new Error(`${status}: ${body}`);
  client.close();
}

/** Messages from `from` on. */
type ToBody = (from: number, prefix: string) => Sent;

function bodiesOf(events: number, prefix: string, toBody: ToBody): Sent[] {
  return Array.from({ length: Math.ceil(events / PER_BODY) }, (_, i) => toBody(i * PER_BODY, prefix));
}

function numbers(from: number): number[] {
  return Array.from({ length: PER_BODY }, (_, i) => from + i);
}

function contactOf(message: number): string {
  return `55119${10_000_000 + (message % CONTACTS)}`;
}

function postedEvents(from: number, prefix: string): Sent {
  const events = numbers(from).map((message) => ({
    id: `wamid.${prefix}${message}`,
    type: 'message.received',
    ...{ tenant: 'acme', channel: 'whatsapp', account: ACCOUNT, contact: contactOf(message) },
    occurredAt: new Date((STARTED_S + message) * 1_000).toISOString(),
  }));
  return { path: '/v1/events', body: Buffer.from(JSON.stringify(events)), headers: {}, status: 202 };
}

function signedPayload(from: number, prefix: string): Sent {
  const metadata = { display_phone_number: ACCOUNT, phone_number_id: '106540352242922' };
  const changes = numbers(from).map((message) => ({
    field: 'messages',
    value: {
      ...{ messaging_product: 'whatsapp', metadata },
      contacts: [{ profile: { name: 'Ana' }, wa_id: contactOf(message) }],
      messages: [
        {
          ...{ from: contactOf(message), id: `wamid.${prefix}${message}` },
          ...{ timestamp: String(STARTED_S + message), type: 'text', text: { body: 'Bom dia!' } },
        },
      ],
    },
  }));
  const body = Buffer.from(
    JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '102290129340398', changes }] }),
  );
  const signature = createHmac('sha256', APP_SECRET).update(body).digest('hex');
  const headers = { 'X-Hub-Signature-256': `sha256=${signature}` };
  return { path: '/v1/connections/meta/webhook', body, headers, status: 200 };
}

/** Events/s. */
async function sendAll(url: string, bodies: readonly Sent[]): Promise<number> {
  let next = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const client = await openClient(url, KEY);
      for (let sent = bodies[next++]; sent !== undefined; sent = bodies[next++]) {
        const answer = await client.request('POST', sent.path, sent.body, sent.headers);
        if (answer.status !== sent.status) throw new Error(`${answer.status}: ${answer.body.slice(0, 300)}`);
      }
      client.close();
    }),
  );
  return rate(bodies.length * PER_BODY, performance.now() - startedAt);
}
