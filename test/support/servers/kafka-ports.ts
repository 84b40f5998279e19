import { once } from 'node:events';
import { createServer } from 'node:net';

export interface KafkaPorts {
  broker: number;
  controller: number;
}

/** Two that nobody listens on. */
export async function freePorts(): Promise<KafkaPorts> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address && typeof address === 'object') ports.push(address.port);
  }
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  const [broker = 0, controller = 0] = ports;
  return { broker, controller };
}
