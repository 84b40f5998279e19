import { setTimeout } from 'node:timers/promises';
import { bodyOf, KEY, serviceOnKafka } from './ingest.ts';
import { openClient } from './lib/http-client.ts';
import { atMost, type Finding, percentile } from './lib/stats.ts';
import { benchEvents } from './lib/traffic.ts';
import { inWorld } from './lib/world.ts';
import { TRAFFIC } from './projection.ts';

const PER_SECOND = 2_000;
const PER_REQUEST = 20;
const TARGET_MS = 100;

/** From POST to counted at a steady load: every tenth request is followed by a read with `after=<its receipt>`. */
export async function benchLatency(seconds: number): Promise<Finding[]> {
  const times: number[] = [];
  await inWorld(async (world) => {
    const { url } = await serviceOnKafka(world);
    const events = [...benchEvents({ ...TRAFFIC, events: PER_SECOND * seconds, seed: 3, prefix: 'l' })];
    const [writer, ...readers] = await Promise.all(Array.from({ length: 9 }, () => openClient(url, KEY)));
    if (writer === undefined) throw new Error('no connection');
    const waits: Promise<void>[] = [];
    const startedAt = performance.now();
    for (let i = 0; i < events.length; i += PER_REQUEST) {
      const due = startedAt + (i * 1000) / PER_SECOND;
      await setTimeout(Math.max(0, due - performance.now()));
      const postedAt = performance.now();
      const { status, body } = await writer.request(
        'POST',
        '/v1/events',
        bodyOf(events.slice(i, i + PER_REQUEST)),
      );
      if (status !== 202) throw new Error(`${status}: ${body}`);
      const reader = (i / PER_REQUEST) % 10 === 0 ? readers.shift() : undefined;
      if (reader === undefined) continue;
      const { receipt } = JSON.parse(body) as { receipt: string };
      const counted = reader.request(
        'GET',
        `/v1/tenants/tenant-1/usage?after=${encodeURIComponent(receipt)}`,
      );
      waits.push(
        counted.then((answer) => {
          if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.body}`);
          if (postedAt - startedAt > 3_000) times.push(performance.now() - postedAt);
          readers.push(reader);
        }),
      );
    }
    await Promise.all(waits);
    for (const client of [writer, ...readers]) client.close();
  });
  const p99 = percentile(times, 0.99);
  const measured = `p50 ${percentile(times, 0.5).toFixed(0)} ms, p99 ${p99.toFixed(0)} ms over ${times.length} samples`;
  return [
    atMost(
      `from POST to counted at ${PER_SECOND} events/s, p99 / ${TARGET_MS} ms`,
      measured,
      p99 / TARGET_MS,
      1,
    ),
  ];
}
