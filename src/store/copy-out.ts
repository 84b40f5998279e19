import type { ClientBase } from 'pg';
import copyStreams from 'pg-copy-streams';

/**
 * The output of a COPY statement, chunk by chunk. pg's time limit for answers (`query_timeout`, or `timeoutMs` here)
 * never ends for such a stream by itself: it would break one that takes longer, and keep what is long over in memory
 * until it fails. It is ended with the stream. Can go once pg-copy-streams calls `callback` for it, as it does for
 * streams in the other direction.
 */
export async function* copyOut(
  client: ClientBase,
  text: string,
  timeoutMs?: number,
): AsyncGenerator<Buffer, void> {
  const copy = Object.assign(copyStreams.to(text), {
    callback: (): void => undefined,
    ...(timeoutMs === undefined ? {} : { query_timeout: timeoutMs }),
  });
  // Whoever reads sees an error too; this one is for a reader that was broken off.
  copy.on('error', () => undefined);
  client.query(copy);
  try {
    yield* copy;
  } finally {
    copy.callback();
  }
}

/** The same as lines, chunk by chunk: single ones would take more time than most of what is done with them. */
export async function* copyOutLines(
  client: ClientBase,
  text: string,
  timeoutMs?: number,
): AsyncGenerator<string[], void> {
  let rest: Buffer[] = [];
  for await (const chunk of copyOut(client, text, timeoutMs)) {
    const end = chunk.lastIndexOf(10);
    if (end === -1) {
      rest.push(chunk);
      continue;
    }
    const whole = Buffer.concat([...rest, chunk.subarray(0, end)]).toString('utf8');
    rest = [chunk.subarray(end + 1)];
    yield whole.split('\n');
  }
}
