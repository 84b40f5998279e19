/** `janela simulate`: posts the traffic of companies that do not exist to a service, and checks what it counts. */

import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { wallClock } from '../clock.ts';
import type { Config } from '../config.ts';
import { calendarOf, isPeriod, previousPeriod } from '../domain/period.ts';
import { settleAdminKey } from '../keys/admin-key.ts';
import { checkUsage } from '../simulation/check.ts';
import { type Client, createClient, ServiceRefused } from '../simulation/client.ts';
import { postTraffic } from '../simulation/post.ts';
import { simulatedCompanies, simulateTraffic, type TrafficOptions } from '../simulation/traffic.ts';
import { CommandFailed, requireConfig, settingsHelp } from './command.ts';
import { createProgressBar } from './progress-bar.ts';

interface Options {
  url?: string;
  key?: string;
  events: number;
  tenants: number;
  month?: string;
  seed: number;
  connections: number;
  register: boolean;
  check: boolean;
  output?: string;
}

const BATCH_SIZE = 500;

export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description('Post a realistic month of traffic, late, repeated and shuffled, to a running service')
    .option('--url <url>', 'where the service listens (default: HOST and PORT)')
    .option('--key <key>', 'API key (default: ADMIN_API_KEY, or the one in DATA_DIR)')
    .option('--events <count>', 'how many events arrive, repetitions included', wholeNumber, 100_000)
    .option('--tenants <count>', 'how many tenants share them', wholeNumber, 20)
    .option('--month <month>', 'like 2026-10; it must be over (default: the last one)', toMonth)
    .option('--seed <number>', 'the same seed gives the same events', wholeNumber, 1)
    .option('--connections <count>', 'batches in flight', wholeNumber, 4)
    .option('--register', 'register the tenants with their names first', false)
    .option('--check', 'compare every usage with the fold of the same events from scratch', false)
    .option('--output <file>', 'only write the events, one a line; - is standard output')
    .addHelpText('after', settingsHelp())
    .action(simulate);
}

async function simulate(options: Options): Promise<void> {
  const config = requireConfig('command');
  const traffic = trafficOf(options, config);
  if (options.output !== undefined) return await write(traffic, options.output);
  const url = options.url ?? `http://${config.host}:${config.port}`;
  const key = options.key ?? adminKeyOf(config);
  let retries = 0;
  const client = createClient(url, key, () => retries++);
  const tenants = simulatedCompanies(traffic).map(({ tenant }) => tenant);
  try {
    if (options.register) await register(client, traffic);
    const receipts = await post(client, traffic, options.connections, () => retries);
    if (options.check) await check(client, traffic, tenants, receipts);
  } catch (error) {
    throw error instanceof ServiceRefused ? new CommandFailed(error.message, { cause: error }) : error;
  }
}

function adminKeyOf(config: Config): string {
  try {
    return settleAdminKey(config).secrets[0];
  } catch (error) {
    throw new CommandFailed(`There is no key in ${config.dataDir}: give one with --key or ADMIN_API_KEY.`, {
      cause: error,
    });
  }
}

function trafficOf({ seed, tenants, events, month }: Options, config: Config): TrafficOptions {
  const timeZone = config.defaultTimeZone;
  const calendar = calendarOf([{ from: null, zone: timeZone }]);
  const now = wallClock();
  const chosen = month ?? previousPeriod(calendar.periodOf(now));
  if (calendar.boundsOf(chosen).end > now)
    throw new CommandFailed(
      `The month ${chosen} is not over: events of the future would be rejected. Choose an earlier one.`,
    );
  return { seed, tenants, events, month: chosen, timeZone };
}

async function write(traffic: TrafficOptions, output: string): Promise<void> {
  const lines = Readable.from(simulateTraffic(traffic).map(({ event }) => `${JSON.stringify(event)}\n`));
  if (output === '-') await pipeline(lines, process.stdout, { end: false });
  else await pipeline(lines, createWriteStream(output));
}

async function register(client: Client, traffic: TrafficOptions): Promise<void> {
  for (const { tenant, name } of simulatedCompanies(traffic)) {
    const { status, body } = await client.put(`/v1/tenants/${tenant}`, { name, timeZone: traffic.timeZone });
    if (status !== 200 && status !== 201)
      throw new CommandFailed(
        `Registering ${tenant}: the service answered ${status}, ${String(body.detail ?? body.title)}`,
      );
  }
}

async function post(
  client: Client,
  traffic: TrafficOptions,
  connections: number,
  retries: () => number,
): Promise<string[]> {
  const bar = createProgressBar('Posting', 'events');
  const startedAt = performance.now();
  const posted = await postTraffic(client, simulateTraffic(traffic), {
    connections,
    batchSize: BATCH_SIZE,
    progress: (done) => bar.show(done, traffic.events),
  }).finally(() => bar.end());
  const seconds = (performance.now() - startedAt) / 1_000;
  const { accepted, rejected, repeated, receipt, firstRejection } = posted;
  process.stdout.write(
    [
      `Posted ${accepted + rejected} events of ${traffic.tenants} tenants in ${seconds.toFixed(1)} s (${Math.round((accepted + rejected) / seconds)}/s)`,
      `  accepted ${accepted}, rejected ${rejected}, of them sent twice ${repeated}, requests repeated ${retries()}`,
      `  last receipt ${receipt ?? 'none'}`,
      '',
    ].join('\n'),
  );
  if (firstRejection !== null) throw new CommandFailed(`The first rejected event was ${firstRejection}.`);
  return posted.receipts;
}

async function check(
  client: Client,
  traffic: TrafficOptions,
  tenants: readonly string[],
  receipts: readonly string[],
): Promise<void> {
  const { difference, ...checked } = await checkUsage(client, traffic, tenants, receipts);
  if (difference !== null)
    throw new CommandFailed(
      `${difference}\nThe check holds only where these tenants have no other traffic than this simulation's.`,
    );
  process.stdout.write(
    `Checked: ${checked.windows} windows in ${checked.periods} periods of ${checked.tenants} tenants, equal to the fold from scratch.\n`,
  );
}

function wholeNumber(value: string): number {
  if (!/^\d{1,9}$/.test(value) || value === '0')
    throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(value);
}

function toMonth(value: string): string {
  if (!isPeriod(value)) throw new InvalidArgumentError('It must look like 2026-10.');
  return value;
}
