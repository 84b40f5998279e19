import type { Event } from '../../src/domain/event.ts';
import { foldHistories } from '../../src/domain/history.ts';
import type { RuleTimeline } from '../../src/domain/rule.ts';
import type { AppDeps } from '../../src/http/deps.ts';
import { PARTITIONS, type TestApi, testApi } from './api.ts';
import { type Told, ZONE } from './expected-answers.ts';
import { type Projecting, projecting } from './projecting.ts';
import { readCsv } from './read-csv.ts';

export const NOW = Date.parse('2026-11-20T12:00:00Z');

/** The API over a projection that tests fill themselves, and ways to ask it. */
export interface Reading {
  api: TestApi;
  projector: Projecting;
  /** The JSON of an answer with status 200. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  get(url: string, headers?: Record<string, string>): Promise<any>;
  getCsv(url: string): Promise<Record<string, string>[]>;
  /** All items of a list, page by page. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  getAll(url: string, limit: number): Promise<any[]>;
  /** Projects events for a tenant of their own, in batches of the given sizes. */
  tell(arrivals: readonly Event[], rules: RuleTimeline, sizes?: readonly number[]): Promise<Told>;
  close(): Promise<void>;
}

export async function reading(overrides: Partial<AppDeps> = {}): Promise<Reading> {
  const api = await testApi({ clock: () => NOW, ...overrides });
  const projector = await projecting(api.database.url, PARTITIONS, ZONE);
  let tenants = 0;

  async function get(url: string, headers: Record<string, string> = {}) {
    const answer = await api.call('GET', url, { headers });
    if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  return {
    api,
    projector,
    get,
    async getCsv(url) {
      const { status, text, headers } = await api.call('GET', url, { headers: { accept: 'text/csv' } });
      const type = headers['content-type'];
      if (status !== 200 || type !== 'text/csv; charset=utf-8; header=present')
        throw new Error(`${url}: ${status} ${type} ${text}`);
      return readCsv(text);
    },
    async getAll(url, limit) {
      const items = [];
      let cursor = '';
      do {
        const page = await get(`${url}${url.includes('?') ? '&' : '?'}limit=${limit}${cursor}`);
        if (page.items.length > limit) throw new Error(`a page of ${page.items.length}, not ${limit}`);
        items.push(...page.items);
        cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
      } while (cursor !== '');
      return items;
    },
    async tell(arrivals, rules, sizes = []) {
      const tenant = `law-${tenants++}`;
      const own = new Map(arrivals.map((event) => [event, { ...event, tenant }]));
      const events = arrivals.map((event) => own.get(event) ?? event);
      await projector.register(tenant, { rules });
      const offsets = await projector.project(events, sizes);
      return { tenant, events, offsets, histories: foldHistories(events, () => rules) };
    },
    async close() {
      await projector.close();
      await api.close();
    },
  };
}
