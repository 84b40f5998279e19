/** Makes drafts final: what is taken from one view first, and the numbers last of all. */

import { isDeepStrictEqual } from 'node:util';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Pool } from 'pg';
import { formatInvoiceNumber } from '../../domain/invoice.ts';
import { versionAt } from '../../domain/plan.ts';
import { done, type Outcome, refuse } from '../../domain/refusal.ts';
import { say } from '../../domain/sentences.ts';
import type { PartitionRange } from '../../log/log.ts';
import type { PositionWaiter } from '../../projection/read/position-waiter.ts';
import { type ReadSnapshot, viewIn } from '../../projection/read/snapshot.ts';
import type { Unsealing } from '../../projection/unsealing.ts';
import { type Change, recordChanges } from '../../store/audit.ts';
import { LOCKS } from '../../store/locks.ts';
import { type Notice, notify } from '../../store/notifications.ts';
import type { Tables } from '../../store/tables.ts';
import { type TenantSettings, tenantSettings } from '../../store/tenants.ts';
import { settleAdjustments } from '../adjustments/adjust.ts';
import { type DraftInvoice, draftsOf } from '../drafts.ts';
import { type Slot, slotKey, spanOf } from '../invoice.ts';
import { invoiceNotice } from '../invoice-notice.ts';
import { allowLongStatements, type InvoiceSession, sharePlan } from '../locks.ts';
import { planVersions } from '../plans.ts';
import { asExpected, type Expected } from './expected.ts';
import { nextChange } from './invoice-clock.ts';
import { coverage, discardPending, insertPending, type Pending } from './pending.ts';
import { takeWindows } from './take-windows.ts';

export interface FinanceDeps {
  db: Kysely<Tables>;
  /** Of `FINANCE_CONNECTIONS`, for nothing else. */
  financePool: Pool;
  /** IANA name. */
  defaultTimeZone: string;
  graceHours: number;
  /** ms */
  clock(): number;
  /** The ends of the log now. Rejects with `LogUnavailable`. */
  freshLogEnds(): Promise<readonly PartitionRange[]>;
  /** Waits for the live projection. */
  waiter: PositionWaiter;
  /** Opens the ids that order needs. */
  unsealing: Unsealing;
}

type MakingDeps = Pick<FinanceDeps, 'financePool' | 'defaultTimeZone' | 'graceHours' | 'clock' | 'unsealing'>;

interface Making {
  /** One of each tenant, none of them final. */
  slots: readonly Slot[];
  /** Ends of the log: what lies before them must be counted. */
  ends: readonly PartitionRange[];
  actor: string;
  expected: Expected;
}

/** Attempts, when the plan or the tenant's zone change at the same time. */
const ATTEMPTS = 3;

/**
 * Makes the drafts of periods final that belong to tenants whom the session holds; resolves with their numbers, by
 * `slotKey`. Together they take little more than a handful of statements, so that a month of 10,000 tenants takes
 * half a minute; what is refused for one does not keep another. A failure at any point leaves nothing that counts.
 * Refuses with `test-tenant`, `no-subscription`, `period-open`, `projection-behind`, `clock-behind`, `changed`,
 * `conflict`.
 */
export async function makeInvoices(
  session: InvoiceSession,
  deps: MakingDeps,
  making: Making,
): Promise<Map<string, Outcome<string>>> {
  const outcomes = new Map<string, Outcome<string>>();
  let { slots } = making;
  for (let attempt = 1; attempt <= ATTEMPTS && slots.length > 0; attempt++) {
    const taken: Taken[] = [];
    for (const [key, prepared] of await prepare(session, deps, { ...making, slots })) {
      if (prepared.ok) taken.push(prepared.value);
      else outcomes.set(key, prepared);
    }
    if (taken.length > 0) {
      const numbers = await makeFinal(session.db, deps, taken, making.actor);
      const keys = taken.map(({ draft }) => keyOf(draft));
      if (!numbers.ok) for (const key of keys) outcomes.set(key, numbers);
      else for (const [key, number] of numbers.value) outcomes.set(key, done(number));
    }
    slots = slots.filter((slot) => !outcomes.has(slotKey(slot)));
  }
  for (const slot of slots)
    outcomes.set(
      slotKey(slot),
      refuse(
        'conflict',
        say('The plan or the time zone of {tenant} keeps changing.', { tenant: slot.tenant }),
      ),
    );
  return outcomes;
}

function keyOf({ invoice: { tenant, period } }: DraftInvoice): string {
  return slotKey({ tenant, period: period.id });
}

/** An invoice with its windows. */
interface Taken extends Pending {
  digest: string;
}

/** Transaction 1: everything is taken from one view of the database. */
async function prepare(
  session: InvoiceSession,
  deps: MakingDeps,
  making: Making,
): Promise<Map<string, Outcome<Taken>>> {
  return await session.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (transaction) => {
      const view = await viewIn(transaction);
      const tenants = making.slots.map(({ tenant }) => tenant);
      await discardPending(transaction, tenants);
      const { positions, behind } = await coverage(view, making.ends);
      const drafts = await acceptedDrafts(view, deps, making, behind);
      await allowLongStatements(transaction);
      const good = [...drafts.values()].flatMap((draft) => (draft.ok ? [draft.value] : []));
      const pending = await insertPending(transaction, good, positions);
      await settleAdjustments(view, pending, deps.unsealing);
      const inside: InvoiceSession = { client: session.client, db: transaction };
      const digests = await takeWindows(inside, deps.financePool, view, pending);
      const keys = new Map(pending.map((one) => [keyOf(one.draft), one.key]));
      const outcomes = new Map<string, Outcome<Taken>>();
      for (const [slot, draft] of drafts) {
        if (!draft.ok) {
          outcomes.set(slot, draft);
          continue;
        }
        const key = keys.get(slot) ?? 0;
        const digest = digests.get(key);
        if (digest === undefined) throw new Error(`the windows of ${slot} were not taken`);
        const expected = asExpected({ ...draft.value.invoice, digest }, making.expected);
        if (!expected.ok) await discardPending(transaction, [draft.value.invoice.tenant]);
        outcomes.set(slot, expected.ok ? done({ key, draft: draft.value, digest }) : expected);
      }
      return outcomes;
    });
}

/** The drafts of periods that may become final as they are in this view, by `slotKey`, or why not. */
async function acceptedDrafts(
  view: ReadSnapshot,
  deps: MakingDeps,
  { slots, expected }: Making,
  behind: number,
): Promise<Map<string, Outcome<DraftInvoice>>> {
  const tenants = slots.map(({ tenant }) => tenant);
  const settings = await tenantSettings(view.db, tenants, deps.defaultTimeZone);
  const drafts = behind > 0 ? new Map() : await draftsOf(view, slots, deps.defaultTimeZone);
  const accept = ({ tenant, period }: Slot): Outcome<DraftInvoice> => {
    const own = knownSettings(settings, tenant);
    if (own.test) return refuse('test-tenant', say('{tenant} is a test tenant.', { tenant }));
    const open = whyOpen(own, deps, period);
    if (open !== null) return open;
    // Another projection became the live one since.
    if (behind > 0)
      return refuse(
        'projection-behind',
        say('{events} events of the log are not counted yet.', { events: behind }),
      );
    const draft = drafts.get(slotKey({ tenant, period }));
    if (draft === undefined)
      return refuse(
        'no-subscription',
        say('{tenant} has no plan in {period}, and nothing to adjust.', { tenant, period }),
      );
    const changed = asExpected(draft.invoice, { total: expected.total });
    return changed.ok ? done(draft) : changed;
  };
  return new Map(slots.map((slot) => [slotKey(slot), accept(slot)]));
}

export async function settingsOf(
  db: Kysely<Tables>,
  { defaultTimeZone }: Pick<FinanceDeps, 'defaultTimeZone'>,
  tenant: string,
): Promise<TenantSettings> {
  return knownSettings(await tenantSettings(db, [tenant], defaultTimeZone), tenant);
}

function knownSettings(settings: ReadonlyMap<string, TenantSettings>, tenant: string): TenantSettings {
  const known = settings.get(tenant);
  if (known === undefined) throw new Error(`no settings of ${tenant}, not even the defaults`);
  return known;
}

/** Why the grace time of a period is not over; null: it is. */
export function whyOpen(
  settings: TenantSettings,
  { clock, graceHours }: Pick<FinanceDeps, 'clock' | 'graceHours'>,
  period: string,
): Outcome<never> | null {
  const from = settings.calendar.boundsOf(period).end + graceHours * 3_600_000;
  if (clock() >= from) return null;
  return refuse(
    'period-open',
    say('{period} can be finalized from {instant} on.', { period, instant: new Date(from).toISOString() }),
  );
}

/** An invoice with what makes it final. `at` in ms. */
interface Final extends Taken {
  at: number;
  number: string;
}

/**
 * Transaction 2: gives pending invoices their numbers, last of all, so that the series has no gaps; resolves with them,
 * by `slotKey`. Where what one was made from has changed since it was taken it is left out. Refuses with `clock-behind`.
 */
async function makeFinal(
  db: Kysely<Tables>,
  deps: MakingDeps,
  taken: readonly Taken[],
  actor: string,
): Promise<Outcome<Map<string, string>>> {
  return await db.transaction().execute(async (transaction): Promise<Outcome<Map<string, string>>> => {
    const unchanged = await stillSo(transaction, deps, taken);
    if (unchanged.length === 0) return done(new Map());
    const first = await nextChange(transaction, deps.clock(), unchanged.length);
    if (!first.ok) return first;
    const instants = unchanged.map((_, i) => first.value + i);
    const numbers = await nextNumbers(
      transaction,
      instants.map((at) => yearOf(at, deps.defaultTimeZone)),
    );
    const finals = unchanged.map(
      (one, i): Final => ({ ...one, at: instants[i] ?? 0, number: numbers[i] ?? '' }),
    );
    await markFinal(transaction, finals);
    await recordChanges(
      transaction,
      finals.map((final) => changeOf(final, actor)),
    );
    const now = deps.clock();
    await notify(
      transaction,
      finals.map((final) => noticeOf(final, now)),
    );
    return done(new Map(finals.map(({ draft, number }) => [keyOf(draft), number])));
  });
}

async function markFinal(transaction: Transaction<Tables>, finals: readonly Final[]): Promise<void> {
  const dates = finals.map(datesOf);
  await sql`
    UPDATE billing.invoices i SET status = 'final', number = v.number, finalized_at = v.at, changed_at = v.at,
      issue_date = v.issued, due_date = v.due, digest = v.digest
    FROM unnest(${finals.map(({ key }) => key)}::bigint[], ${finals.map(({ number }) => number)}::text[],
      ${finals.map(({ at }) => at)}::bigint[], ${dates.map(({ issued }) => issued)}::date[],
      ${dates.map(({ due }) => due)}::date[], ${finals.map(({ digest }) => digest)}::text[])
      AS v(id, number, at, issued, due, digest)
    WHERE i.id = v.id`.execute(transaction);
}

function changeOf({ draft: { invoice }, at, number }: Final, actor: string): Change {
  const { tenant, period, currency, total } = invoice;
  return {
    at,
    actor,
    subjectType: 'invoice',
    subject: number,
    tenant,
    action: 'finalize',
    before: { tenant, period: period.id, status: 'draft' },
    after: { number, tenant, period: period.id, status: 'final', currency, total },
  };
}

function noticeOf({ draft: { invoice }, number, digest }: Final, at: number): Notice {
  const data = invoiceNotice(invoice, { number, digest });
  return { type: 'invoice.finalized', of: [number], tenant: invoice.tenant, at, data };
}

/** When an invoice is issued and due, as dates of its own zone. */
function datesOf({ draft: { invoice, settings }, at }: Final) {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(invoice.period.timeZone);
  const issued = zoned.toPlainDate();
  const { paymentDays } = settings;
  const due = paymentDays === null ? null : issued.add({ days: paymentDays });
  return { issued: issued.toString(), due: due?.toString() ?? null };
}

/**
 * Holds what drafts were made from still, and gives those for which it has not changed since: the plan version in
 * force, which nobody changes any more once the invoice stands, and the tenant's zone and `test`.
 */
async function stillSo(
  transaction: Transaction<Tables>,
  { defaultTimeZone }: MakingDeps,
  taken: readonly Taken[],
): Promise<Taken[]> {
  const plans = [...new Set(taken.flatMap(({ draft }) => draft.version?.plan ?? []))].sort();
  for (const plan of plans) await sharePlan(transaction, plan);
  const versions = await planVersions(transaction, plans);
  // Whoever changes zones holds this exclusively, and looks for final periods while he does.
  await sql`SELECT pg_advisory_xact_lock_shared(${sql.lit(LOCKS.settings)})`.execute(transaction);
  const tenants = taken.map(({ draft }) => draft.invoice.tenant);
  const settings = await tenantSettings(transaction, tenants, defaultTimeZone);
  return taken.filter(({ draft: { ofPlan: version, invoice } }) => {
    const { tenant, period } = invoice;
    if (
      version !== null &&
      !isDeepStrictEqual(versionAt(versions.get(version.plan) ?? [], period.id), version)
    )
      return false;
    const { test, calendar } = knownSettings(settings, tenant);
    return !test && isDeepStrictEqual(spanOf(calendar, period.id), period);
  });
}

/** The next numbers of these years' series, in this order. */
async function nextNumbers(transaction: Transaction<Tables>, years: readonly number[]): Promise<string[]> {
  const numbers: string[] = [];
  for (const [year, wanted] of Map.groupBy(years, (year) => year)) {
    const count = wanted.length;
    const { last } = await transaction
      .insertInto('billing.invoice_numbers')
      .values({ year, last: count })
      .onConflict((conflict) =>
        conflict.column('year').doUpdateSet({ last: sql<number>`invoice_numbers.last + ${count}::int` }),
      )
      .returning('last')
      .executeTakeFirstOrThrow();
    for (let i = count - 1; i >= 0; i--) numbers.push(formatInvoiceNumber(year, last - i));
  }
  return numbers;
}

function yearOf(at: number, timeZone: string): number {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).year;
}
