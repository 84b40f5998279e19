import { connect } from 'node:net';

/** Sends bytes as they are and resolves with all that came back when the other side closes, at the latest after 10 s. */
export function exchange(url: string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
    const timer = setTimeout(() => socket.destroy(new Error('the other side does not close')), 10_000);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}

/** Status and body, read as JSON, of a raw answer. */
export function parseRaw(answer: string): {
  status: number;
  type: string | undefined;
  json: Record<string, unknown>;
} {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
  const type = /^content-type: ([^;\r\n]*)/im.exec(head)?.[1];
  return { status, type, json: JSON.parse(body) as Record<string, unknown> };
}
