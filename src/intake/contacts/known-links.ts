/** Contact links as every event asks for them: all of them in memory, following the database. */

import type { Logger } from 'pino';
import { pause, startLoop } from '../../async.ts';
import type { LinkChange } from './links.ts';

export interface KnownLinks {
  /** Whose an alias is, all in normal form; undefined: nobody said, so it stands for itself. */
  contactOf(tenant: string, channel: string, alias: string): string | undefined;
  /** Resolves once all that was committed before the call is known here. */
  refresh(): Promise<void>;
  stop(): Promise<void>;
}

interface Options {
  /** Links that changed after a change, in the order of the changes. */
  changesAfter(change: number, limit: number): Promise<readonly LinkChange[]>;
  logger: Pick<Logger, 'debug'>;
  /** How often the changes are asked for, in ms. */
  everyMs?: number;
}

/** Well below the 5 s within which a link holds everywhere. */
const EVERY_MS = 1_000;
const AT_ONCE = 10_000;

/**
 * Resolves once every link is known. While the database cannot be asked, what is known holds on: then nobody can make a
 * link either.
 */
export async function followLinks(options: Options): Promise<KnownLinks> {
  const { changesAfter, logger, everyMs = EVERY_MS } = options;
  const byTenant = new Map<string, Map<string, string>>();
  let last = 0;
  let reading: Promise<void> = Promise.resolve();

  /** Where the link of an alias stands, by its hash, which is all that is known of one that has ended. */
  const places = new Map<string, string>();

  function apply({ tenant, channel, aliasHash, linked }: LinkChange): void {
    const own = byTenant.get(tenant) ?? new Map<string, string>();
    if (linked !== null) {
      const place = placeOf(channel, linked.alias);
      places.set(aliasHash, place);
      byTenant.set(tenant, own.set(place, linked.contact));
    } else if (own.delete(places.get(aliasHash) ?? '') && own.size === 0) byTenant.delete(tenant);
    if (linked === null) places.delete(aliasHash);
  }

  async function read(): Promise<void> {
    for (;;) {
      const changes = await changesAfter(last, AT_ONCE);
      for (const change of changes) {
        apply(change);
        last = change.change;
      }
      if (changes.length < AT_ONCE) return;
    }
  }

  /** One after the other, so that an older answer never follows a newer one. */
  function refresh(): Promise<void> {
    reading = reading.catch(() => undefined).then(read);
    return reading;
  }

  await refresh();
  const loop = startLoop(async (signal) => {
    for (;;) {
      await pause(everyMs, signal);
      if (signal.aborted) return;
      await refresh().catch((error: unknown) => logger.debug({ err: error }, 'could not read contact links'));
    }
  });
  return {
    contactOf: (tenant, channel, alias) => byTenant.get(tenant)?.get(placeOf(channel, alias)),
    refresh,
    stop: loop.stop,
  };
}

/** A channel has no spaces. */
function placeOf(channel: string, alias: string): string {
  return `${channel} ${alias}`;
}
