import type { ClientBase } from 'pg';
import { type Events, eventsOn } from './events.ts';
import { type FoldReader, foldReader } from './fold-reader.ts';
import { currentSchemaOn } from './live-projection.ts';
import { type NextTallies, nextTalliesOn } from './next-tallies.ts';
import { type Positions, positionsOn } from './positions.ts';
import { prepared, type SchemaConnection } from './sql.ts';
import { type Tallies, talliesOn } from './tallies.ts';
import { type Windows, windowsOn } from './windows.ts';

/**
 * A projection as whoever folds, compares or verifies it holds it: one schema over one connection, in whatever
 * transaction that is in. Who answers a question holds a `ReadSnapshot` instead, which finds the live one.
 */
export interface Projection extends SchemaConnection {
  positions: Positions;
  events: Events;
  windows: Windows;
  tallies: Tallies;
  nextTallies: NextTallies;
  foldReader: FoldReader;
}

export function openProjection(client: ClientBase, schema: string): Projection {
  const on = { client, schema };
  return {
    ...on,
    positions: positionsOn(on),
    events: eventsOn(on),
    windows: windowsOn(on),
    tallies: talliesOn(on),
    nextTallies: nextTalliesOn(on),
    foldReader: foldReader(schema, (name, text, values) => prepared(on, name, text, values), null),
  };
}

/** The one that is live, over a client that is inside a transaction of its own. */
export async function openLiveProjection(client: ClientBase): Promise<Projection> {
  return openProjection(client, await currentSchemaOn(client));
}
