import type { Event } from '../../src/domain/event.ts';
import type { ZoneTimeline } from '../../src/domain/period.ts';
import { DEFAULT_RULES, type RuleTimeline } from '../../src/domain/rule.ts';
import type { StoredRecord } from '../../src/log/log.ts';
import { project } from '../../src/projection/live/project.ts';
import { PROJECTOR_SERVER_SETTINGS } from '../../src/projection/live/projector.ts';
import { liveProjection } from '../../src/projection/tables/live-projection.ts';
import { seedPositions } from '../../src/projection/tables/positions.ts';
import { createSettingsCache } from '../../src/projection/tables/tenant-rules.ts';
import { openDatabase } from '../../src/store/database.ts';
import { encodeEvent } from './former-record.ts';
import { unsealingIn } from './sealing.ts';

export const RECEIVED_AT = Date.parse('2026-11-20T12:00:00Z');

/** A projector without a log: what it is given goes straight into the live projection, as records of partition 0. */
export interface Projecting {
  /** Offset of the first copy of each event. */
  project(events: readonly Event[], sizes?: readonly number[]): Promise<Map<Event, number>>;
  register(tenant: string, settings: { rules?: RuleTimeline; zones?: ZoneTimeline }): Promise<void>;
  close(): Promise<void>;
}

export async function projecting(url: string, partitions: number, zone: string): Promise<Projecting> {
  const database = openDatabase({ url, max: 2, serverSettings: PROJECTOR_SERVER_SETTINGS });
  const settings = createSettingsCache(zone);
  await seedPositions(await liveProjection(database.db), partitions);
  let next = 0;

  async function projectBatch(records: StoredRecord[]): Promise<void> {
    const first = next;
    next += records.length;
    const client = await database.pool.connect();
    try {
      await project(
        client,
        'live',
        { partition: 0, first, next, records, end: next },
        { settings, unsealing: unsealingIn(database.db) },
      );
    } finally {
      client.release();
    }
  }

  return {
    async project(events, sizes = []) {
      const offsets = new Map<Event, number>();
      const rest = [...events];
      const cuts = [...sizes];
      while (rest.length > 0) {
        const batch = rest.splice(0, cuts.shift() ?? rest.length);
        const records = batch.map((event, i) => {
          const offset = next + i;
          if (!offsets.has(event)) offsets.set(event, offset);
          return { offset, ...encodeEvent(event, RECEIVED_AT, 'test', 1) };
        });
        if (records.length > 0) await projectBatch(records);
      }
      return offsets;
    },
    async register(tenant, { rules = DEFAULT_RULES, zones = [{ from: null, zone }] }) {
      await database.db
        .insertInto('billing.tenants')
        .values({
          tenant,
          name: tenant,
          reference: null,
          language: 'en',
          test: false,
          zones: JSON.stringify(zones),
          rules: JSON.stringify(rules),
          version: 1,
          created_at: 0,
          updated_at: 0,
        })
        .execute();
    },
    close: () => database.close(),
  };
}
