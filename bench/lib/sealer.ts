import type { Event } from '../../src/domain/event.ts';
import type { NewRecord } from '../../src/log/log.ts';
import { sealEvent } from '../../src/log/record/seal-event.ts';
import type { ContactKey } from '../../src/sealing/contact-keys.ts';
import { type Hashes, keyedHashes } from '../../src/sealing/hashes.ts';
import type { Database } from '../../src/store/database.ts';
import { testSealing } from '../../test/support/sealing.ts';
import { PARTITIONS } from './world.ts';

/** Names ids and makes records as the intake of a service over one database does. */
export interface Sealer {
  records(events: readonly Event[], partitions?: number): Promise<NewRecord[]>;
  idHash: Hashes['id'];
}

export async function withSealer<T>({ db }: Database, use: (sealer: Sealer) => Promise<T>): Promise<T> {
  const { keys, hashes } = await testSealing(db);
  try {
    return await use({
      async records(events, partitions = PARTITIONS) {
        const contactKeys = await keys.forWriting(events);
        return events.map((event, i) =>
          sealEvent(event, receiptOf(event, partitions), contactKeys[i] as ContactKey, hashes),
        );
      },
      idHash: hashes.id,
    });
  } finally {
    await keys.stop();
  }
}

/** Records of the same size and form that no database knows the keys of. */
export function foreignRecords(events: readonly Event[]): NewRecord[] {
  const hashes = keyedHashes(Buffer.alloc(32, 'bench'));
  return events.map((event) => {
    const conversation = hashes.conversation(event);
    return sealEvent(
      event,
      receiptOf(event, PARTITIONS),
      { conversation, generation: 1, secret: Buffer.alloc(32, conversation), hashes },
      hashes,
    );
  });
}

function receiptOf({ occurredAt }: Event, partitions: number) {
  return { receivedAt: occurredAt, keyId: 'bench', partitions };
}
