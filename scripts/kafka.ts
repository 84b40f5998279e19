import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type KafkaServer, startKafka } from '../test/support/servers/kafka-server.ts';

/** `npm run kafka`: the real Apache Kafka in the foreground, for a person; Ctrl-C stops it and the data stays. */
const { values } = parseArgs({
  options: {
    dir: { type: 'string', default: '.janela/kafka' },
    port: { type: 'string', default: '9092' },
  },
});
const broker = Number(values.port);
const dir = resolve(values.dir);
let server: KafkaServer | null = null;

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    console.log('Stopping ...');
    // One that is still starting is ended with this process, however that ends.
    if (server === null) process.exit(1);
    else void server.stop('SIGTERM');
  });
}

await mkdir(dir, { recursive: true });
console.log('Starting Apache Kafka 4.4.0 (the first time it is fetched from Maven Central, 43 MB) ...');
server = await startKafka({ dir, ports: { broker, controller: broker + 1 }, shortLived: false });
console.log(`Ready, data in ${dir}. In another terminal:\n\n  KAFKA_BROKERS=${server.broker} npm start\n`);
await server.exited;
