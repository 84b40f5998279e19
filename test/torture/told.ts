/** What somebody is told by a webhook while everything breaks, held against what was so in the end. */

import { Webhook } from 'standardwebhooks';
import { openDatabase } from '../../src/store/database.ts';
import { call, listAll } from '../e2e/api.ts';
import type { TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { type Received, webhookReceiver } from '../support/webhook-receiver.ts';

const TYPES = ['invoice.finalized', 'invoice.voided', 'invoice-run.finished'];

export interface Listener {
  /** How many requests came, repeats included. */
  requests(): number;
  /** How many had to be sent by hand, as their next attempt was minutes away. */
  retried(): number;
  /** What it was not told of, what was told and is not so, what came in two forms, and what was signed by somebody else. */
  faults(service: TestProcess, databaseUrl: string, timeoutMs: number): Promise<string[]>;
  close(): Promise<void>;
}

/** Listens to invoices and runs from now on; call it while nothing is broken yet. */
export async function listenToAll(service: TestProcess): Promise<Listener> {
  const receiver = await webhookReceiver();
  const made = await call(service, 'POST', '/v1/webhooks', { body: { url: receiver.url, types: TYPES } });
  if (made.status !== 201) throw new Error(`no webhook: ${made.text}`);
  const { id, secret } = made.json as { id: string; secret: string };
  let retried = 0;

  /** An attempt that a frozen process broke off is made again after up to five minutes, and by its clock. */
  async function retryWaiting(by: TestProcess): Promise<void> {
    const path = `/v1/webhooks/${id}/deliveries`;
    for (const delivery of await listAll<{ id: number }>(by, `${path}?state=waiting`)) {
      const { status } = await call(by, 'POST', `${path}/${delivery.id}/retry`);
      if (status === 202) retried++;
    }
  }

  return {
    requests: () => receiver.received.length,
    retried: () => retried,
    async faults(by, databaseUrl, timeoutMs) {
      const wanted = new Set(await causes(databaseUrl));
      const missing = () => [...wanted.difference(told(receiver.received))];
      const settled = async () => {
        await retryWaiting(by);
        return missing().length === 0;
      };
      await until(settled, { timeoutMs, what: 'all to be told' }).catch(() => undefined);
      const untrue = [...told(receiver.received).keys()].filter((cause) => !wanted.has(cause));
      return [
        ...missing().map((cause) => `not told: ${cause}`),
        ...untrue.map((cause) => `told, and not so: ${cause}`),
        ...changed(receiver.received),
        ...receiver.received.filter((one) => !isSigned(one, secret)).map(({ body }) => `not signed: ${body}`),
      ];
    },
    close: () => receiver.close(),
  };
}

async function causes(databaseUrl: string): Promise<string[]> {
  const database = openDatabase({ url: databaseUrl, max: 1 });
  try {
    const { rows } = await database.pool.query<{ cause: string }>(
      `SELECT 'invoice.finalized ' || number AS cause FROM billing.invoices WHERE number IS NOT NULL
       UNION ALL SELECT 'invoice.voided ' || number FROM billing.invoices WHERE status = 'void'
       UNION ALL SELECT 'invoice-run.finished ' || id FROM billing.invoice_runs WHERE state IN ('finished', 'cancelled')`,
    );
    return rows.map(({ cause }) => cause);
  } finally {
    await database.close();
  }
}

/** Which requests told of a cause. */
function told(received: readonly Received[]): Map<string, Received[]> {
  return Map.groupBy(received, ({ body }) => {
    const { type, data } = JSON.parse(body) as { type: string; data: { number?: string; run?: number } };
    return `${type} ${data.number ?? data.run}`;
  });
}

/** What is told again is known by its id, and says the same. */
function changed(received: readonly Received[]): string[] {
  return [...told(received)].flatMap(([cause, requests]) => {
    const forms = new Set(requests.map(({ headers, body }) => `${headers['webhook-id']} ${body}`));
    return forms.size === 1 ? [] : [`${cause} was told in ${forms.size} forms`];
  });
}

/** Whenever it says that it was sent: clocks are moved. */
function isSigned({ headers, body }: Received, secret: string): boolean {
  const at = new Date(1_000 * Number(headers['webhook-timestamp']));
  const signature = new Webhook(secret).sign(String(headers['webhook-id']), at, body);
  return String(headers['webhook-signature']).split(' ').includes(signature);
}
