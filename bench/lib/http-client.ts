import { connect, type Socket } from 'node:net';

interface Answer {
  status: number;
  body: string;
}

/** One keep-alive connection with one request at a time: as little CPU as a load generator can do with. */
export interface HttpClient {
  request(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: Buffer,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  close(): void;
}

export async function openClient(url: string, key: string): Promise<HttpClient> {
  const { hostname, port, host } = new URL(url);
  const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let received: Buffer = Buffer.alloc(0);
  let waiting: { resolve(answer: Answer): void; reject(error: Error): void } | null = null;
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const answer = parse(received);
    if (answer === null) return;
    received = received.subarray(answer.length);
    waiting?.resolve(answer);
    waiting = null;
  });
  const fail = (error?: Error) => waiting?.reject(error ?? new Error('the connection was closed'));
  socket.on('error', fail).on('close', () => fail());
  return {
    request(method, path, body, headers = {}) {
      if (socket.destroyed) return Promise.reject(new Error('the connection was closed'));
      const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      const head = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${key}\r\n${more.join('')}`;
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      waiting = { resolve, reject };
      if (body === undefined) socket.write(`${head}\r\n`);
      else {
        socket.cork();
        socket.write(`${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`);
        socket.write(body);
        socket.uncork();
      }
      return promise;
    },
    close: () => socket.destroy(),
  };
}

function parse(bytes: Buffer): (Answer & { length: number }) | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = bytes.toString('latin1', 0, end);
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  if (bytes.length < end + 4 + length) return null;
  return {
    status: Number(head.slice(9, 12)),
    body: bytes.toString('utf8', end + 4, end + 4 + length),
    length: end + 4 + length,
  };
}
