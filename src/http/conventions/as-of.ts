/** `asOf`: how far into the log the numbers of an answer reach. */

import { z } from 'zod';
import type { ReadSnapshot } from '../../projection/read/snapshot.ts';
import { nextOffsets } from '../../projection/tables/positions.ts';
import type { AppDeps } from '../deps.ts';

export const asOfSchema = z
  .object({
    positions: z.array(
      z.object({
        partition: z.int(),
        next: z.int().meta({ description: 'First offset not yet counted' }),
        end: z.int().meta({ description: 'End of the log, seen at most a second ago' }),
      }),
    ),
    lag: z.int().meta({ description: 'Events in the log that are not counted yet' }),
    caughtUp: z.boolean(),
  })
  .meta({ id: 'AsOf' });

export type AsOf = z.infer<typeof asOfSchema>;

/** What the numbers of a view cover. The end was seen apart from the view, so it may lag behind what is counted. */
export async function asOf(
  snapshot: ReadSnapshot,
  { partitions, logEnds }: Pick<AppDeps, 'partitions' | 'logEnds'>,
): Promise<AsOf> {
  const nexts = await nextOffsets(snapshot.projection);
  const ends = new Map(logEnds().map(({ partition, end }) => [partition, end]));
  let lag = 0;
  const positions = Array.from({ length: partitions }, (_, partition) => {
    const next = nexts.get(partition) ?? 0;
    const end = Math.max(next, ends.get(partition) ?? 0);
    lag += end - next;
    return { partition, next, end };
  });
  return { positions, lag, caughtUp: lag === 0 };
}
