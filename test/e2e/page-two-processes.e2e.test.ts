/** The page behind a load balancer: one session, and the same form sent to two processes. */

import { afterEach, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { call } from './api.ts';

let database: TestDatabase | undefined;

afterEach(async () => {
  await stopProcesses();
  await database?.drop();
});

const KEY = 'the-administrators-own-key';

/** What a browser without JavaScript sends. */
async function send({ url }: TestProcess, path: string, fields: Record<string, string>, cookie = '') {
  const answer = await fetch(url + path, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, 'content-type': 'application/x-www-form-urlencoded', 'accept-language': 'en' },
    body: new URLSearchParams(fields).toString(),
  });
  return { status: answer.status, text: await answer.text(), cookie: answer.headers.get('set-cookie') ?? '' };
}

test('the same form at two processes rotates a secret once, and the other one says that it was sent', async () => {
  database = await testDatabase();
  const settings = { DATABASE_URL: database.url, ADMIN_API_KEY: KEY, LOG_LEVEL: 'warn' };
  const services = [await startProcess(settings), await startProcess(settings)] as const;
  const [first] = services;
  const made = await call(first, 'POST', '/v1/webhooks', {
    body: { url: 'https://erp.example/told', types: null, tenants: null },
  });
  expect(made.status).toBe(201);
  const cookie = (await send(first, '/sign-in', { key: KEY })).cookie.split(';')[0];
  const page = `/operations/webhooks/${made.json.id}`;
  const shown = await (await fetch(first.url + page, { headers: { cookie: cookie ?? '' } })).text();
  const once = /action="[^"]*\/rotate">.*?name="once" value="([^"]+)"/s.exec(shown)?.[1];
  expect(once).toBeDefined();
  const answers = await Promise.all(
    services.map((service) => send(service, `${page}/rotate`, { once: once ?? '' }, cookie)),
  );
  const [done, refused] = answers.toSorted((a, b) => a.status - b.status);
  expect([done?.status, refused?.status]).toEqual([200, 409]);
  expect(done?.text).toMatch(/whsec_/);
  expect(refused?.text).toContain('This form was sent before');
  const { items } = (await call(first, 'GET', '/v1/audit?subjectType=webhook')).json;
  expect(items.filter(({ action }: { action: string }) => action === 'rotate')).toHaveLength(1);
}, 120_000);
