import { type Charge, chargedFor, difference } from '../domain/adjustment.ts';
import { type ComparedMoney, compareCharges } from '../domain/compared-charges.ts';
import { minorDigits } from '../domain/currency.ts';
import { formatAmount } from '../domain/money.ts';
import { rate, sum, type WindowCount } from '../domain/rate.ts';
import type { ReadSnapshot } from '../projection/read/snapshot.ts';
import { tenantSettings } from '../store/tenants.ts';
import { type DraftInvoice, draftsOf, windowCounts } from './drafts.ts';
import { type Slot, slotKey } from './invoice.ts';
import { chargesFor, type StandingInvoice, standingInvoices } from './made-invoices.ts';
import type { WindowSource } from './supposed.ts';

/**
 * What each period costs by the windows of the live projection and of a rebuilt one, in the order of the slots: drafts
 * as they are and would be, adjustments included; of a final period its own charges, and what would be adjusted. Null
 * where nothing is ever invoiced: without a plan, and for test tenants.
 */
export async function comparedMoney(
  live: ReadSnapshot,
  rebuilt: WindowSource,
  slots: readonly Slot[],
  defaultTimeZone: string,
): Promise<(ComparedMoney | null)[]> {
  const tenants = [...new Set(slots.map(({ tenant }) => tenant))];
  const settings = await tenantSettings(live.db, tenants, defaultTimeZone);
  // Each once: a slot that came twice would be counted twice.
  const different = [...new Map(slots.map((slot) => [slotKey(slot), slot])).values()];
  const charged = different.filter(({ tenant }) => settings.get(tenant)?.test !== true);
  const standing = new Map(
    (await standingInvoices(live.db, tenants)).map((invoice) => [
      slotKey({ tenant: invoice.tenant, period: invoice.period.id }),
      invoice,
    ]),
  );
  const finals = charged.filter((slot) => standing.has(slotKey(slot)));
  const open = charged.filter((slot) => !standing.has(slotKey(slot)));
  const drafts = await draftsOf(live, open, defaultTimeZone);
  const others = await draftsOf(live, open, defaultTimeZone, { windows: rebuilt });
  const counts = await windowCounts(live, finals);
  const otherCounts = await windowCounts(rebuilt, finals);
  const charges = await chargesFor(live.db, finals);
  const found = new Map<string, ComparedMoney | null>();
  for (const slot of open) {
    const key = slotKey(slot);
    found.set(key, compareDrafts(drafts.get(key), others.get(key)));
  }
  for (const slot of finals) {
    const key = slotKey(slot);
    const invoice = standing.get(key);
    if (invoice === undefined) continue;
    const sides = { live: counts.get(key) ?? [], rebuilt: otherCounts.get(key) ?? [] };
    found.set(key, compareFinal(invoice, sides, chargedFor(slot.period, charges.get(key) ?? [])));
  }
  return slots.map((slot) => found.get(slotKey(slot)) ?? null);
}

function compareDrafts(live?: DraftInvoice, rebuilt?: DraftInvoice): ComparedMoney | null {
  const currency = (live ?? rebuilt)?.invoice.currency;
  if (currency === undefined) return null;
  return { ...compareCharges(currency, live?.lines ?? [], rebuilt?.lines ?? []), invoiced: null };
}

function compareFinal(
  { number, currency, terms }: StandingInvoice,
  counts: { live: readonly WindowCount[]; rebuilt: readonly WindowCount[] },
  charged: readonly Charge[],
): ComparedMoney {
  const rated = (of: readonly WindowCount[]) => (terms === null ? [] : rate(terms, of));
  const computed = rated(counts.rebuilt);
  const digits = minorDigits(currency);
  const total = sum(charged, digits);
  const lines = difference(currency, computed, charged).map(
    ({ computed: _, invoiced: __, ...line }): Charge => line,
  );
  return {
    ...compareCharges(currency, rated(counts.live), computed),
    invoiced: {
      number,
      total: formatAmount(total, digits),
      adjustment: formatAmount(sum(computed, digits) - total, digits),
      lines,
    },
  };
}
