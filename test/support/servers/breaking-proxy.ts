/** Stands between a service and PostgreSQL, and breaks connections amid the statements that come by. */

import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface BreakingProxy {
  /** The same database, through the proxy. */
  url: string;
  close(): Promise<void>;
}

/** Asked for each statement that comes by for the first time, with the `application_name` of who sends it. */
export async function breakingProxy(
  databaseUrl: string,
  breaks: (application: string) => boolean,
): Promise<BreakingProxy> {
  const target = new URL(databaseUrl);
  const seen = new Set<string>();
  const sockets = new Set<Socket>();

  function isBroken({ application, statement }: Sent): boolean {
    if (seen.has(statement)) return false;
    seen.add(statement);
    return breaks(application);
  }

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end).on('close', end);
    }
    upstream.pipe(client);
    const statements = statementReader();
    client.on('data', (chunk: Buffer) => {
      if (statements(chunk).some(isBroken)) end();
      else upstream.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

interface Sent {
  application: string;
  statement: string;
}

/** The statements in what a client sends: of Query, and of Parse, where a name stands before it. */
function statementReader(): (chunk: Buffer) => Sent[] {
  let rest = Buffer.alloc(0);
  let application: string | null = null;

  /** The next message; the first one has no type. Null: it has not come whole. */
  function next(): { type: string; texts: string[] } | null {
    const typed = application === null ? 0 : 1;
    if (rest.length < typed + 4) return null;
    const length = typed + rest.readInt32BE(typed);
    if (rest.length < length) return null;
    const texts = rest
      .subarray(typed + 4, length)
      .toString()
      .split('\0');
    const type = typed === 0 ? '' : String.fromCharCode(rest[0] ?? 0);
    rest = rest.subarray(length);
    return { type, texts };
  }

  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const found: Sent[] = [];
    for (let message = next(); message !== null; message = next()) {
      const { type, texts } = message;
      application ??= texts[texts.indexOf('application_name') + 1] ?? '';
      if (type === 'Q' || type === 'P')
        found.push({ application, statement: texts[type === 'Q' ? 0 : 1] ?? '' });
    }
    return found;
  };
}
