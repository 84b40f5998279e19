import type { App } from '../http/deps.ts';
import type { Resources } from './resources.ts';

/** How an app gets its port, and how it is closed. */

/** The start was refused; the message says what to do. */
export class StartRefused extends Error {
  override name = 'StartRefused';
}

interface Where {
  host: string;
  /** 0: any free one. */
  port: number;
  /** That says so. */
  setting: string;
  shutdownSeconds: number;
}

/** Listens until the resources are released; resolves with the address. Throws `StartRefused`. */
export async function serve(app: App, name: string, where: Where, resources: Resources): Promise<string> {
  resources.add(name, () => close(app, where.shutdownSeconds * 500));
  try {
    await app.listen({ host: where.host, port: where.port });
  } catch (error) {
    const refusal = refusalOf(error as NodeJS.ErrnoException, where);
    throw refusal === null ? error : new StartRefused(refusal, { cause: error });
  }
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const host = address.address === '0.0.0.0' || address.address === '::' ? 'localhost' : where.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

function refusalOf({ code }: NodeJS.ErrnoException, { host, port, setting }: Where): string | null {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is taken: set ${setting} to another one.`;
    case 'EACCES':
      return `Port ${port} on ${host} is not allowed for this user: set ${setting} to another one.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine: set HOST to another one.`;
    default:
      return null;
  }
}

/** Whoever has not finished sending or reading by then is cut off: a slow client does not make the stop fail. */
async function close(app: App, timeoutMs: number): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), timeoutMs);
  await app.close().finally(() => clearTimeout(timer));
}
