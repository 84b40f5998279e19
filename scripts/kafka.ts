import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startKafka } from '../test/support/servers/kafka-server.ts';

/** `npm run kafka`: the real Apache Kafka in the foreground, for a person; Ctrl-C stops it and the data stays. */
const { values } = parseArgs({
  options: {
    dir: { type: 'string', default: '.janela/kafka' },
    port: { type: 'string', default: '9092' },
  },
});
const broker = Number(values.port);
const dir = resolve(values.dir);

await mkdir(dir, { recursive: true });
console.log('Starting Apache Kafka 4.4.0 (the first time it is fetched from Maven Central, 43 MB) ...');
const server = await startKafka({ dir, ports: { broker, controller: broker + 1 }, shortLived: false });
console.log(`Ready, data in ${dir}. In another terminal:\n\n  KAFKA_BROKERS=${server.broker} npm start\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    console.log('Stopping ...');
    void server.stop('SIGTERM');
  });
}
await server.exited;
