import type { ClientBase } from 'pg';
import type { Batch, Progress } from '../log/log.ts';
import { createBinaryRows } from './copy-binary.ts';
import { type BatchEvent, decode, isUnreadable, type Quarantined } from './decode.ts';
import { writeGaps } from './gaps.ts';
import { advancePositions, lockPositions, progressOf } from './position.ts';
import { addEvent, copyEvents, writeConversations, writeQuarantine } from './write.ts';

/** Conversations known to be written already, per process; forgotten when they become too many. */
const REMEMBERED = 200_000;

/** Loads batches of the log into the tables of a new projection, as they come: what they mean is folded afterwards. */
export interface Loader {
  /** One transaction; repeats and conflicts are stored like other events until the fold sorts them out. */
  load(client: ClientBase, batch: Batch): Promise<Progress>;
}

export function createLoader(schema: string): Loader {
  const known = new Set<string>();

  async function loadInside(client: ClientBase, batch: Batch): Promise<Progress> {
    const position = (await lockPositions(client, schema, [batch.partition])).get(batch.partition);
    if (position === undefined) throw new Error(`partition ${batch.partition} has no position`);
    if (position.next !== batch.first) return progressOf(position);
    let events = 0;
    const rows = createBinaryRows();
    const unreadable: Quarantined[] = [];
    const firsts = new Map<string, BatchEvent>();
    for (const record of batch.records) {
      const event = decode(record, batch.partition);
      if (isUnreadable(event)) unreadable.push(event);
      else {
        events++;
        addEvent(rows, event);
        if (!known.has(event.conversation)) firsts.set(event.conversation, event);
      }
    }
    await copyEvents(client, schema, rows);
    await writeConversations(client, schema, [...firsts.values()]);
    await writeQuarantine(client, schema, unreadable);
    await writeGaps(client, schema, [batch]);
    const counts = { events, duplicates: 0, quarantined: unreadable.length };
    const progress = await advancePositions(client, schema, [{ position, batch, counts }]);
    if (known.size > REMEMBERED) known.clear();
    for (const conversation of firsts.keys()) known.add(conversation);
    return progress.get(batch.partition) ?? progressOf(position);
  }

  return {
    async load(client, batch) {
      await client.query('BEGIN; SET LOCAL synchronous_commit = off');
      try {
        const progress = await loadInside(client, batch);
        await client.query('COMMIT');
        return progress;
      } catch (error) {
        known.clear();
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    },
  };
}
