import { afterAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { crowdedHistoryOf } from '../../../test/support/traffic.ts';
import type { Event } from '../../domain/event.ts';
import type { ContactKey } from '../../sealing/contact-keys.ts';
import { FORMER_HASHES, keyedHashes } from '../../sealing/hashes.ts';
import { generationOf, open } from '../../sealing/sealed.ts';
import type { NewRecord } from '../log.ts';
import { decodeRecord } from '../record/record.ts';
import { sealedPlace } from '../record/sealed-record.ts';
import { createRecordSealer, sealHere } from './record-sealer.ts';

const hashSecret = Buffer.alloc(32, 7);
const hashes = keyedHashes(hashSecret);
const RECEIPT = { receivedAt: Date.parse('2026-11-03T13:00:00.123Z'), keyId: 'key-1', partitions: 12 };
const HOUR = 3_600_000;

const logger = { error: jest.fn() };
const sealer = createRecordSealer({ hashSecret, logger, processors: 2 });

afterAll(() => sealer.stop());

/** Every third conversation goes on under the hashes of format 1. */
function keyOf(event: Event): ContactKey {
  const conversation = hashes.conversation(event);
  const isFormer = Number.parseInt(conversation.slice(0, 4), 16) % 3 === 0;
  return {
    conversation: isFormer ? FORMER_HASHES.conversation(event) : conversation,
    hashes: isFormer ? FORMER_HASHES : hashes,
    secret: Buffer.alloc(32, conversation),
    generation: 2_000_000_000 + conversation.charCodeAt(0),
  };
}

/** A record with what was sealed in it in clear, for the same event is never the same bytes. */
function opened({ partition, key, value }: NewRecord, { secret }: ContactKey) {
  const { conversation, key: id, who = null } = decodeRecord(value);
  if (who === null) throw new Error('nothing is sealed');
  return {
    ...{ partition, key: key.toString(), clear: value.toString('hex', 0, value.length - who.length) },
    generation: generationOf(who),
    who: open(secret, sealedPlace(conversation, id), who).toString(),
  };
}

function many(length: number): Event[] {
  return Array.from({ length }, (_, i) => ({
    ...{ id: `m${i}`, type: 'message.received' as const, tenant: 'acme', channel: 'whatsapp' },
    ...{ account: 'página 1', contact: `55119${i}`, occurredAt: RECEIPT.receivedAt - i * HOUR },
    metadata: { text: `\n"${i}" \u{1f600} ${'x'.repeat(i % 100)}` },
  }));
}

async function expectSame(events: readonly Event[], records: readonly NewRecord[]): Promise<void> {
  const keys = events.map(keyOf);
  const here = await sealHere(hashes).seal(events, RECEIPT, keys);
  const bare = (all: readonly NewRecord[]) => all.map((record, i) => opened(record, keys[i] as ContactKey));
  expect(bare(records)).toEqual(bare(here));
}

describe('a batch that a thread seals', () => {
  test('has the records that it has here', async () => {
    await fc.assert(
      fc.asyncProperty(crowdedHistoryOf('acme'), async (events) => {
        const batch = [...many(25), ...events];
        await expectSame(batch, await sealer.seal(batch, RECEIPT, batch.map(keyOf)));
      }),
      { numRuns: 20 },
    );
  });

  test('is not mistaken for another one, however many there are', async () => {
    const batches = Array.from({ length: 60 }, (_, i) => many(300 + i));
    const sealed = await Promise.all(batches.map((batch) => sealer.seal(batch, RECEIPT, batch.map(keyOf))));
    for (const [i, batch] of batches.entries()) await expectSame(batch, sealed[i] as NewRecord[]);
  });

  test('leaves the thread as it was, whatever its size', async () => {
    for (const length of [25, 60, 130, 1_000, 40])
      await expectSame(many(length), await sealer.seal(many(length), RECEIPT, many(length).map(keyOf)));
    expect(logger.error).not.toHaveBeenCalled();
  });

  test('is sealed here where there is one processor, and where it is small', async () => {
    const alone = createRecordSealer({ hashSecret, logger, processors: 1 });
    for (const [using, events] of [
      [alone, many(200)],
      [sealer, many(3)],
    ] as const)
      await expectSame(events, await using.seal(events, RECEIPT, events.map(keyOf)));
    await alone.stop();
  });
});

test('a thread that fails loses no batch: they are sealed without it, and it is said', async () => {
  const said = jest.fn();
  const failing = createRecordSealer({ hashSecret, logger: { error: said }, processors: 2 });
  // No event has such an id: what comes in is checked for it.
  const bad = [{ ...many(1)[0], id: 'a\0b' } as Event, ...many(40)];
  const batches = [many(50), bad, many(60)];
  const sealed = await Promise.all(batches.map((batch) => failing.seal(batch, RECEIPT, batch.map(keyOf))));
  for (const [i, batch] of batches.entries()) await expectSame(batch, sealed[i] as NewRecord[]);
  expect(said.mock.calls).toEqual([[{ err: expect.anything() }, expect.stringContaining('failed')]]);
  await expectSame(many(70), await failing.seal(many(70), RECEIPT, many(70).map(keyOf)));
  await failing.stop();
});
