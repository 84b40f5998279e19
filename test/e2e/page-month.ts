/** A real service with a simulated month of four tenants on a plan, and a real browser to look at it. */

import type { Browser, Page } from 'playwright-core';
import { DESKTOP, type Look, newTab, openBrowser, signIn } from '../support/browser.ts';
import { runJanela, startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { call } from './api.ts';

export const PERIOD = '2026-01';

/** A plan as tests put it. */
export const PLAN = {
  ...{ currency: 'BRL', monthlyFee: '99.90', minimum: '0' },
  receptive: { allowance: 50, limit: 200, overage: [{ upTo: null, unitPrice: '0.30' }] },
  active: { default: [{ upTo: null, unitPrice: '0.45' }] },
};

export interface PageMonth {
  service: TestProcess;
  browser: Browser;
  tenants: string[];
  // biome-ignore lint/suspicious/noExplicitAny: answers of the API
  api(path: string): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: answers of the API
  send(method: string, path: string, body?: unknown): Promise<any>;
  /** A tab of the administrator, in a browser of its own. */
  signedIn(look?: Look): Promise<{ page: Page; complaints: string[] }>;
  stop(): Promise<void>;
}

export async function startMonth(settings: Record<string, string> = {}): Promise<PageMonth> {
  const service = await startProcess({ GRACE_HOURS: '0', ...settings });
  const browser = await openBrowser();
  const { url, adminKey } = service;
  const args = ['simulate', '--url', url, '--key', adminKey, '--register', '--month', PERIOD];
  const simulated = runJanela([...args, '--events', '3000', '--tenants', '4']);
  if ((await simulated.exited).code !== 0) throw new Error(simulated.stderr());
  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await call(service, method, path, body === undefined ? {} : { body });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
    return answer.json;
  };
  const api = async (path: string) => (await call(service, 'GET', path)).json;
  await send('PUT', `/v1/plans/pro/versions/${PERIOD}`, PLAN);
  const { items } = await api(`/v1/usage?period=${PERIOD}`);
  const tenants = items.map(({ tenant }: { tenant: string }) => tenant);
  for (const tenant of tenants)
    await send('PUT', `/v1/tenants/${tenant}/subscriptions/${PERIOD}`, { plan: 'pro', until: null });
  return {
    ...{ service, browser, tenants, api, send },
    async signedIn(look: Look = DESKTOP) {
      const { page, complaints } = await newTab(browser, look);
      await signIn(page, url, adminKey);
      return { page, complaints };
    },
    async stop() {
      await browser.close();
      await stopProcesses();
    },
  };
}
