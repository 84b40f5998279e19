import { benchAttack } from './attack.ts';
import { benchClient } from './client.ts';
import { benchFinance } from './finance.ts';
import { benchHistory } from './history.ts';
import { benchInbox } from './inbox.ts';
import { benchIngest } from './ingest.ts';
import { benchLate } from './late.ts';
import { benchLatency } from './latency.ts';
import { type Finding, show } from './lib/stats.ts';
import { benchMemory } from './memory.ts';
import { benchNotify } from './notify.ts';
import { benchProjection } from './projection.ts';
import { benchRebuild } from './rebuild.ts';
import { benchRun } from './run.ts';
import { benchConversations, benchScale } from './scale.ts';
import { benchStreams } from './streams.ts';
import { benchSustained } from './sustained.ts';
import { benchUsage } from './usage.ts';
import { benchWebhook } from './webhook.ts';
import { benchZone } from './zone.ts';

/**
 * `npm run bench`: all benchmarks, or those named. Figures are ratios to a limit measured in the same run, and where
 * events are projected the windows are checked against the fold. `BENCH_SCALE=0.1` makes a quick look.
 */
const scale = Number(process.env.BENCH_SCALE ?? 1);
const BENCHMARKS: Record<string, () => Promise<Finding[]>> = {
  ingest: () => benchIngest(400_000 * scale),
  client: () => benchClient(40_000 * scale),
  webhook: () => benchWebhook(40_000 * scale),
  inbox: () => benchInbox(40_000 * scale),
  projection: () => benchProjection(400_000 * scale),
  streams: () => benchStreams(400_000 * scale),
  sustained: () => benchSustained(2 * scale),
  late: () => benchLate(10_000 * scale),
  latency: () => benchLatency(20),
  notify: () => benchNotify(20, 400_000 * scale),
  attack: () => benchAttack(20),
  usage: () => benchUsage(),
  zone: () => benchZone(30_000 * scale),
  finance: () => benchFinance(1_000_000 * scale, 1_000_000 * scale),
  run: () => benchRun(10_000 * scale),
  rebuild: () => benchRebuild(1_000_000 * scale),
  memory: () => benchMemory(10 * scale),
  scale: () => benchScale(400_000 * scale),
  conversations: () => benchConversations(400_000 * scale, 20_000_000 * scale),
  history: () => benchHistory(20_000_000 * scale, 400_000 * scale),
};

const named = process.argv.slice(2);
for (const name of named.length > 0 ? named : Object.keys(BENCHMARKS)) {
  const run = BENCHMARKS[name];
  if (run === undefined)
    throw new Error(`no benchmark is called ${name}: ${Object.keys(BENCHMARKS).join(', ')}`);
  console.log(`\n${name}`);
  show(await run());
}
