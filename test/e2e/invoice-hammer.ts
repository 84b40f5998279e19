import type { TestProcess } from '../support/servers/process.ts';
import { type Answer, call } from './api.ts';

/** A tenant whose January is final and whose February is still a draft; both long over. */
const INVOICES = '/v1/tenants/billed/invoices';
const OVERAGE = 'receptive.overage:1';
const PARTY = { channel: 'whatsapp', account: '551140000001', type: 'message.received' };
/** Windows of a period under `PLAN` from the third on are charged. */
const ALLOWANCE = 2;
const PLAN = {
  currency: 'BRL',
  monthlyFee: '10.00',
  receptive: { allowance: ALLOWANCE, overage: [{ upTo: null, unitPrice: '0.30' }] },
  active: { default: [{ upTo: null, unitPrice: '0.45' }] },
};

export interface InvoiceHammer {
  /** Every answer that failed or said something wrong. */
  wrong(): readonly string[];
  /** How often the client with the fewest answers had one that was right. */
  rounds(): number;
  stop(): Promise<void>;
}

/** Prepares the tenants: one window more than the allowance in the month that becomes final. */
export async function prepareInvoices(service: TestProcess, others: number): Promise<void> {
  await ok(service, 'PUT', '/v1/plans/hammer/versions/2025-01', PLAN);
  const tenants = ['billed', ...Array.from({ length: others }, (_, i) => `other-${i}`)];
  for (const tenant of tenants)
    await ok(service, 'PUT', `/v1/tenants/${tenant}/subscriptions/2025-01`, { plan: 'hammer' });
  const events = tenants.flatMap((tenant) =>
    Array.from({ length: ALLOWANCE + 1 }, (_, i) => event(tenant, '2025-01-10T12:00:00Z', i)),
  );
  const { json } = await ok(service, 'POST', '/v1/events', events);
  await ok(service, 'GET', `/v1/usage?after=${json.receipt}`);
  await ok(service, 'POST', `${INVOICES}/2025-01/finalize`);
}

/**
 * Clients that check every answer: one posts and reads its own writes in the draft, one reads the final invoice and
 * the windows behind it, one the draft alone, one makes the other tenants' invoices final.
 */
export function hammerInvoices(service: TestProcess, others: number): InvoiceHammer {
  const wrong: string[] = [];
  const rounds = { post: 0, final: 0, draft: 0, finalize: 0 };
  let posted = 0;
  let stopped = false;

  async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await call(service, method, path, { body });
    if (answer.status >= 300) wrong.push(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer;
  }

  async function repeat(name: keyof typeof rounds, round: () => Promise<void>): Promise<void> {
    while (!stopped) {
      await round();
      rounds[name]++;
    }
  }

  /** The overage of a draft, after its sums were checked. */
  function overageOf({ text, json }: Answer): number {
    const quantity = json.lines?.find(({ id }: { id: string }) => id === OVERAGE)?.quantity ?? 0;
    if (json.status !== 'draft' || json.total !== (10 + quantity * 0.3).toFixed(2))
      wrong.push(`a draft that does not add up: ${text}`);
    return quantity;
  }

  async function post(): Promise<void> {
    const answer = await ask('POST', '/v1/events', event('billed', '2025-02-10T12:00:00Z', posted));
    posted++;
    const expected = Math.max(0, posted - ALLOWANCE);
    const after = `after=${answer.json.receipt}`;
    const overage = overageOf(await ask('GET', `${INVOICES}/2025-02?${after}`));
    if (overage !== expected) wrong.push(`${posted} posted, ${overage} charged instead of ${expected}`);
    if (expected === 0) return;
    const { json } = await ask('GET', `${INVOICES}/2025-02/lines/${OVERAGE}/windows?limit=1000&${after}`);
    const ids = new Set(json.items.map(({ id }: { id: string }) => id));
    if (ids.size !== expected || json.items.length !== expected)
      wrong.push(`${expected} charged, ${json.items.length} windows behind them`);
  }

  let most = 0;
  async function draft(): Promise<void> {
    const overage = overageOf(await ask('GET', `${INVOICES}/2025-02`));
    if (overage < most) wrong.push(`a draft of ${most} and then of ${overage} windows`);
    most = overage;
  }

  let first: string | null = null;
  async function final(): Promise<void> {
    const paths = ['', `/lines/${OVERAGE}/windows`].map((path) => `${INVOICES}/2025-01${path}`);
    const texts = [];
    for (const path of paths) texts.push((await ask('GET', path)).text);
    const text = texts.join('\n');
    first ??= text;
    if (text !== first) wrong.push(`a final invoice that changed: ${text}`);
  }

  async function finalize(): Promise<void> {
    const tenant = `other-${rounds.finalize % others}`;
    const answer = await call(service, 'POST', `/v1/tenants/${tenant}/invoices/2025-01/finalize`);
    // While others post, the contract's answer may be that not everything is counted yet.
    if (answer.json?.type === '/problems/projection-behind') return finalize();
    const { status, total, digest } = answer.json ?? {};
    if (answer.status !== 200 || status !== 'final' || total !== '10.30' || digest === null)
      wrong.push(`finalize ${tenant}: ${answer.status} ${answer.text}`);
  }

  const clients = [
    repeat('post', post),
    repeat('draft', draft),
    repeat('final', final),
    repeat('finalize', finalize),
  ];
  return {
    wrong: () => wrong,
    rounds: () => Math.min(...Object.values(rounds)),
    async stop() {
      stopped = true;
      await Promise.all(clients);
    },
  };
}

function event(tenant: string, occurredAt: string, i: number) {
  return { ...PARTY, tenant, contact: `55119${10_000_000 + i}`, id: `${occurredAt}-${i}`, occurredAt };
}

async function ok(service: TestProcess, method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await call(service, method, path, { body });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer;
}
