import type { PlanTerms } from '../../src/domain/plan.ts';
import type { AppDeps } from '../../src/http/deps.ts';
import { type Answer, type TestApi, testApi } from './api.ts';
import { planTerms } from './plans.ts';
import { projectLog } from './projected.ts';

/** An event as a test writes it: what is left out is the same for all. */
export type Happening = { id: string; at: string; contact?: string } & Record<string, unknown>;

export interface TestFinance extends TestApi {
  /** Moves the clock of the service. */
  at(instant: string): void;
  /** Posts events and waits until they are counted. */
  post(tenant: string, events: readonly Happening[]): Promise<void>;
  /** A tenant with the plan of the published cases, or one like it, from a period on. */
  subscribe(
    tenant: string,
    from?: string,
    changes?: Partial<PlanTerms>,
    until?: string | null,
  ): Promise<void>;
  get(url: string): Promise<Answer>;
  /** Of a tenant's period. */
  invoice(tenant: string, period: string): Promise<Answer>;
  finalize(tenant: string, period: string): Promise<Answer>;
  /** The standing one of the period. */
  voidInvoice(tenant: string, period: string): Promise<Answer>;
  manualLine(tenant: string, id: string, line: object): Promise<Answer>;
  windowsOf(tenant: string, period: string, line: string): Promise<Answer['json'][]>;
}

/** The API with a clock that tests move; the log is projected when `post` says so. */
export async function testFinance(overrides: Partial<AppDeps> = {}): Promise<TestFinance> {
  let now = Date.parse('2027-03-20T12:00:00Z');
  const api = await testApi({
    clock: () => now,
    ...overrides,
  });
  const url = (tenant: string, period: string) => `/v1/tenants/${tenant}/invoices/${period}`;
  return {
    ...api,
    at(instant) {
      now = Date.parse(instant);
    },
    async post(tenant, events) {
      for (let i = 0; i < events.length; i += 1_000) {
        const body = events.slice(i, i + 1_000).map((event) => ({ tenant, ...eventOf(event) }));
        const answer = await api.call('POST', '/v1/events', { body });
        if (answer.status !== 202) throw new Error(answer.text);
      }
      await projectLog(api.database.database, api.log);
    },
    async subscribe(tenant, from = '2026-01', changes = {}, until = null) {
      const plan = `plan-of-${tenant}`;
      const { discount = null, ...body } = planTerms(changes);
      const version = await api.call('PUT', `/v1/plans/${plan}/versions/${from}`, { body });
      if (version.status >= 300) throw new Error(version.text);
      const answer = await api.call('PUT', `/v1/tenants/${tenant}/subscriptions/${from}`, {
        body: { plan, until, discount, confirm: true },
      });
      if (answer.status >= 300) throw new Error(answer.text);
    },
    get: (path) => api.call('GET', path),
    invoice: (tenant, period) => api.call('GET', url(tenant, period)),
    finalize: (tenant, period) => api.call('POST', `${url(tenant, period)}/finalize`),
    async voidInvoice(tenant, period) {
      const { number = null } = (await api.call('GET', url(tenant, period))).json;
      return await api.call('POST', `/v1/invoices/${number}/void`, { body: { reason: 'a test' } });
    },
    manualLine: (tenant, id, line) =>
      api.call('PUT', `/v1/tenants/${tenant}/manual-lines/${id}`, { body: line }),
    async windowsOf(tenant, period, line) {
      const items: Answer['json'][] = [];
      let cursor = '';
      do {
        const page = await api.call(
          'GET',
          `${url(tenant, period)}/lines/${line}/windows?limit=1000${cursor}`,
        );
        if (page.status !== 200) throw new Error(page.text);
        items.push(...page.json.items);
        cursor = page.json.nextCursor === null ? '' : `&cursor=${page.json.nextCursor}`;
      } while (cursor !== '');
      return items;
    },
  };
}

function eventOf({ at, contact = '5511987654321', ...event }: Happening) {
  const whatsapp = { channel: 'whatsapp', account: '551140000001', contact };
  return { type: 'message.received', ...whatsapp, occurredAt: at, ...event };
}

/** Messages of as many contacts: one receptive window each. */
export function receptive(count: number, at: string, prefix = 'r'): Happening[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `${prefix}${i}`,
    at,
    contact: contactOf(prefix, i),
  }));
}

/** Templates to as many contacts: one active window each. */
export function active(count: number, at: string, prefix = 'a', category = 'utility'): Happening[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `${prefix}${i}`,
    at,
    type: 'message.sent',
    template: { name: 'order_update', category },
    contact: contactOf(prefix, i),
  }));
}

function contactOf(prefix: string, i: number): string {
  return `${prefix}-${i}`;
}
