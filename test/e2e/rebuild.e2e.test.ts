import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { afterEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { openPostgresLog } from '../../src/log/postgres/postgres-log.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { appendEvents, simulatedEvents } from '../support/projected.ts';
import { runJanela, startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { isAlive, until } from '../support/until.ts';
import { call } from './api.ts';

let database: TestDatabase | undefined;

afterEach(async () => {
  await stopProcesses();
  await database?.drop();
}, 60_000);

const PARTY = { tenant: 'hammered', channel: 'whatsapp', account: '551140000001' };
const USAGE = '/v1/tenants/hammered/usage?period=2026-10';

async function startWith(
  events: number,
): Promise<{ settings: Record<string, string>; service: TestProcess }> {
  database = await testDatabase();
  const log = await openPostgresLog({
    pool: database.database.pool,
    partitions: 12,
    logger: pino({ level: 'silent' }),
  });
  await appendEvents(log, simulatedEvents({ seed: 4, events, tenants: 6 }));
  await log.close();
  const settings = {
    DATABASE_URL: database.url,
    ADMIN_API_KEY: 'the-administrators-own-key',
    LOG_LEVEL: 'warn',
  };
  return { settings, service: await startProcess(settings) };
}

async function stateOf(service: TestProcess, id: string) {
  const { json } = await call(service, 'GET', `/v1/ops/rebuilds/${id}`);
  if (json.state === 'failed') throw new Error(json.error);
  return json;
}

async function caughtUp(service: TestProcess, id: string) {
  await until(async () => (await stateOf(service, id)).state === 'caught-up', {
    timeoutMs: 60_000,
    what: 'the rebuild to catch up',
  });
  return await stateOf(service, id);
}

test('a rebuild goes on after the service was killed in the middle of it, again and again', async () => {
  let { settings, service } = await startWith(30_000);
  const { json } = await call(service, 'POST', '/v1/ops/rebuilds');
  for (const phase of ['load', 'fold', 'index']) {
    // A phase may be over before it is seen; then the kill hits the next one.
    await until(
      async () =>
        ['load', 'fold', 'index', 'compare', 'follow'].indexOf(
          (await stateOf(service, json.id)).progress?.phase,
        ) >= ['load', 'fold', 'index'].indexOf(phase),
      {
        what: `the rebuild to be at ${phase}`,
      },
    );
    await service.kill('SIGKILL');
    service = await startProcess(settings);
  }
  const { differences, digests, counts } = await caughtUp(service, json.id);
  expect(differences).toEqual({ count: 0, items: [] });
  expect(digests.rebuilt).toBe(digests.live);
  expect(counts.rebuilt.events).toBeGreaterThan(29_000);
}, 180_000);

test('a process of the rebuild that dies is replaced; all of them end with the service', async () => {
  const { settings, service } = await startWith(30_000);
  const { json } = await call(service, 'POST', '/v1/ops/rebuilds');
  const first = await shardsOf(service);
  process.kill(first[0] ?? 0, 'SIGKILL');
  await until(() => /a process of the rebuild ended with SIGKILL/.test(service.stderr()), {
    what: 'the service to say so',
  });
  await until(() => !first.some(isAlive), { what: 'the others to end' });
  const others = await shardsOf(service);
  await service.kill('SIGKILL');
  await until(() => !others.some(isAlive), { what: 'the processes of the rebuild to end with the service' });
  const again = await startProcess(settings);
  const { differences, digests } = await caughtUp(again, json.id);
  expect(differences).toEqual({ count: 0, items: [] });
  expect(digests.rebuilt).toBe(digests.live);
}, 120_000);

/** Waits for the processes that load and fold; on Linux alone a process's children can be read. */
async function shardsOf({ pid }: TestProcess): Promise<number[]> {
  const children = () =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const count = Math.min(availableParallelism(), 4);
  await until(() => children().length === count, { what: `the service to have ${count} processes` });
  return children().map(Number);
}

test('clients that hammer the service notice nothing of a promotion and nothing of a rollback', async () => {
  const { service } = await startWith(3_000);
  const { json } = await call(service, 'POST', '/v1/ops/rebuilds');
  await caughtUp(service, json.id);
  const hammer = startHammer(service);
  try {
    const posted = hammer.posted();
    await until(() => hammer.posted() > posted + 10, { what: 'the hammer to swing' });
    const promoted = await call(service, 'POST', `/v1/ops/rebuilds/${json.id}/promote`);
    expect(promoted).toMatchObject({ status: 200, json: { state: 'promoted' } });
    const then = hammer.posted();
    await until(() => hammer.posted() > then + 10, { what: 'posts after the promotion' });
    const back = await call(service, 'POST', `/v1/ops/rebuilds/${json.id}/rollback`);
    expect(back).toMatchObject({ status: 200, json: { state: 'rolled-back' } });
    const now = hammer.posted();
    await until(() => hammer.posted() > now + 10, { what: 'posts after the rollback' });
  } finally {
    await hammer.stop();
  }
  expect(hammer.wrong()).toEqual([]);
  expect(hammer.reads()).toBeGreaterThan(30);
}, 120_000);

test('on the command line a what-if is answered in windows and money, and Ctrl-C cancels one wherever it is worked on', async () => {
  const { service, settings } = await startWith(6_000);
  const asked = ['rebuild', '--rule', 'fixed', '--hours', '1'];
  const cancelled = runJanela(asked, settings);
  await until(async () => (await newest(service))?.state === 'running', { what: 'the rebuild to run' });
  expect((await cancelled.kill('SIGINT')).code).toBe(1);
  expect(cancelled.stderr()).toMatch(/Rebuild 1 is cancelled and discarded/);
  expect(await newest(service)).toMatchObject({ id: '1', state: 'discarded' });
  const plan = { currency: 'BRL', monthlyFee: '199.00', receptive: OVERAGE, active: { default: TIERS } };
  await call(service, 'PUT', '/v1/plans/pro/versions/2026-10', { body: plan });
  const { items } = (await call(service, 'GET', '/v1/usage?period=2026-10')).json;
  const { tenant } = items[0];
  await call(service, 'PUT', `/v1/tenants/${tenant}/subscriptions/2026-10`, { body: { plan: 'pro' } });
  const answered = runJanela([...asked, '--tenant', tenant, '--period', '2026-10'], settings);
  expect((await answered.exited).code).toBe(0);
  const money = (await newest(service)).usage.items[0].money;
  expect(answered.stdout()).toContain(`What if ${tenant} had fixed (1 h, active when sent), in 2026-10?`);
  expect(answered.stdout()).toMatch(total(money));
  expect(Number(money.rebuilt)).toBeGreaterThan(Number(money.live));
  expect((await newest(service)).state).toBe('discarded');
}, 120_000);

const TIERS = [{ upTo: null, unitPrice: '0.45' }];
const OVERAGE = { allowance: 10, overage: TIERS };

function total({ live, rebuilt, difference }: { live: string; rebuilt: string; difference: string }): RegExp {
  return new RegExp(`BRL total +${live} +${rebuilt} +${difference}`);
}

async function newest(service: TestProcess) {
  return (await call(service, 'GET', '/v1/ops/rebuilds?limit=1')).json.items[0];
}

/** One client that posts and reads its own writes, and two that only read: every answer is checked. */
function startHammer(service: TestProcess) {
  const wrong: string[] = [];
  let posted = 0;
  let reads = 0;
  let stopped = false;

  async function read(path: string) {
    const answer = await call(service, 'GET', path);
    reads++;
    if (answer.status !== 200) wrong.push(`${path}: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  async function post(): Promise<void> {
    while (!stopped) {
      const occurredAt = new Date(Date.UTC(2026, 9, 2) + posted * 1_000).toISOString();
      const event = {
        ...PARTY,
        contact: `55119${10_000_000 + posted}`,
        id: `h${posted}`,
        type: 'message.received',
        occurredAt,
      };
      const answer = await call(service, 'POST', '/v1/events', { body: event });
      if (answer.status !== 202) wrong.push(`post: ${answer.status} ${answer.text}`);
      posted++;
      const usage = await read(`${USAGE}&groupBy=day&after=${answer.json.receipt}`);
      const counted = [usage?.messages?.received, usage?.receptive?.windows, usage?.groups?.[0]?.receptive];
      if (counted.some((count) => count !== posted))
        wrong.push(`${posted} posted, ${counted.join(', ')} counted`);
    }
  }

  async function watch(
    path: string,
    count: (body: { messages: { received: number }; receptive: { windows: number } }) => number,
  ): Promise<void> {
    let most = 0;
    while (!stopped) {
      const body = await read(path);
      const now = count(body);
      if (now < most) wrong.push(`${path}: ${most} and then ${now}`);
      if (body.messages !== undefined && body.messages.received !== body.receptive.windows)
        wrong.push(`a mixture: ${JSON.stringify(body)}`);
      most = now;
    }
  }

  const clients = [
    post(),
    watch(USAGE, (body) => body.receptive.windows),
    watch(
      '/v1/tenants/hammered/windows?limit=1000',
      (body) => (body as unknown as { items: unknown[] }).items.length,
    ),
  ];
  return {
    wrong: () => wrong,
    posted: () => posted,
    reads: () => reads,
    async stop() {
      stopped = true;
      await Promise.all(clients);
    },
  };
}
