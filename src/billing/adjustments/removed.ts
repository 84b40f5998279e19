import { sql } from 'kysely';
import { openWindows } from '../../projection/read/opened.ts';
import type { ReadSnapshot } from '../../projection/read/snapshot.ts';
import type { StoredWindow } from '../../projection/read/windows.ts';
import type { Opening } from '../../projection/unsealing.ts';
import { tenantSettings } from '../../store/tenants.ts';
import { coveredBy } from './adjust.ts';
import { type Cause, findCauses, openCauses } from './causes.ts';
import { changesOf, readChangedWindows } from './changes.ts';

export interface RemovedWindow {
  /** As it was billed. */
  window: StoredWindow;
  period: string;
  /** The event that took it away. */
  cause: { event: string; position: { partition: number; offset: number } } | null;
}

const PARTS = /^([0-9a-f]{32})([0-9a-f]{32})$/;

/**
 * A window, by its id, that a standing invoice billed and that is no longer there. Its opener is still among the
 * events, and says when it was opened: the copies are kept by that.
 */
export async function removedWindow(
  view: ReadSnapshot,
  tenant: string,
  id: string,
  unsealing: Opening,
): Promise<RemovedWindow | null> {
  const [, conversation, opener] = PARTS.exec(id) ?? [];
  if (conversation === undefined || opener === undefined) return null;
  const { rows } = await sql<{ openedAt: number; period: string; conversation: string; opener: string }>`
    SELECT b.opened_at AS "openedAt", s.period, b.conversation, b.opener
    FROM ${sql.id(view.schema, 'events')} e
    JOIN billing.invoices i ON i.tenant = ${tenant} AND i.status = 'final'
    JOIN billing.billed_windows b ON b.invoice = i.id AND b.opened_at = e.at
      AND b.conversation = e.conversation AND b.opener = e.key
    JOIN billing.billed_sets s ON s.invoice = b.invoice AND s.set = b.set
    WHERE e.conversation = ${conversation}::uuid AND e.key = ${opener}::uuid
    ORDER BY i.id LIMIT 1`.execute(view.db);
  const [billed] = rows;
  if (billed === undefined) return null;
  const [window] = await openWindows(view, unsealing, await readChangedWindows(view, tenant, [billed]));
  if (window === undefined) return null;
  return {
    window,
    period: billed.period,
    cause: await shown(view, unsealing, await causeOf(view, tenant, billed, unsealing)),
  };
}

async function causeOf(
  view: ReadSnapshot,
  tenant: string,
  { period, ...key }: { openedAt: number; period: string; conversation: string; opener: string },
  unsealing: Opening,
): Promise<Cause | null> {
  const { rules = null } = (await tenantSettings(view.db, [tenant], 'UTC')).get(tenant) ?? {};
  if (rules === null) return null;
  const change = { ...key, code: 'any', weight: -1, moved: null };
  const covered = await coveredBy(view.db, tenant, period);
  const causes = findCauses(view, changesOf(view, null), { rules, covered, unsealing });
  const [cause = null] = await causes.of([change]);
  return cause;
}

async function shown(
  view: ReadSnapshot,
  unsealing: Opening,
  cause: Cause | null,
): Promise<RemovedWindow['cause']> {
  const [opened = null] = await openCauses(view, unsealing, [cause]);
  if (opened === null) return null;
  const { event, partition, offset } = opened;
  return { event, position: { partition, offset } };
}
