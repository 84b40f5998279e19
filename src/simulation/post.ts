/** Posts the simulated traffic in batches. */

import { type Client, ServiceRefused } from './client.ts';
import type { ApiEvent, Arrival } from './traffic.ts';

interface PostOptions {
  /** Batches in flight; their order of arrival is then not that of the events, which changes nothing. */
  connections: number;
  batchSize: number;
  progress(posted: number): void;
}

interface Posted {
  accepted: number;
  rejected: number;
  /** Events that were sent a second time on purpose. */
  repeated: number;
  /** Covers the last batch of each connection. */
  receipts: string[];
  /** The last batch's. */
  receipt: string | null;
  /** The first rejection, as the service words it. */
  firstRejection: string | null;
}

/** Posts all events in batches. Rejects with `ServiceRefused` when the service does not take them. */
export async function postTraffic(
  client: Client,
  arrivals: Iterable<Arrival>,
  { connections, batchSize, progress }: PostOptions,
): Promise<Posted> {
  const batches = inBatches(arrivals, batchSize);
  const total: Posted = {
    accepted: 0,
    rejected: 0,
    repeated: 0,
    receipts: [],
    receipt: null,
    firstRejection: null,
  };
  async function connection(index: number): Promise<void> {
    for (let batch = batches.next(); !batch.done; batch = batches.next()) {
      const answer = await postBatch(
        client,
        batch.value.map(({ event }) => event),
      );
      total.accepted += answer.accepted;
      total.rejected += answer.rejected;
      total.repeated += batch.value.filter(({ repeated }) => repeated).length;
      total.firstRejection ??= answer.rejection;
      if (answer.receipt !== null) {
        total.receipts[index] = answer.receipt;
        total.receipt = answer.receipt;
      }
      progress(total.accepted + total.rejected);
    }
  }
  await Promise.all(Array.from({ length: connections }, (_, index) => connection(index)));
  total.receipts = total.receipts.filter((receipt) => receipt !== undefined);
  return total;
}

async function postBatch(client: Client, events: readonly ApiEvent[]) {
  const { status, body } = await client.post('/v1/events', events);
  if (![202, 207, 422].includes(status))
    throw new ServiceRefused(
      `The service answered ${status} to a batch of events: ${String(body.detail ?? body.title)}`,
    );
  const { accepted, rejected, receipt, results } = body as unknown as {
    accepted: number;
    rejected: number;
    receipt?: string;
    results: { id: string; problem?: { detail: string; pointer: string } }[];
  };
  const refused = results.find(({ problem }) => problem !== undefined);
  const rejection = refused && `${refused.id}: ${refused.problem?.pointer} ${refused.problem?.detail}`;
  return { accepted, rejected, receipt: receipt ?? null, rejection: rejection ?? null };
}

function* inBatches<T>(items: Iterable<T>, size: number): Generator<T[], undefined> {
  let batch: T[] = [];
  for (const item of items) {
    if (batch.push(item) < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
