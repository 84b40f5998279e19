import { agreedTerms, type PlanTerms, versionAt } from '../domain/plan.ts';
import { subscriptionAt } from '../domain/subscription.ts';
import type { ReadSnapshot } from '../projection/read/snapshot.ts';
import { type Slot, slotKey } from './invoice.ts';
import { standingInvoices } from './made-invoices.ts';
import { planVersions } from './plans.ts';
import { subscriptionsOf } from './subscriptions.ts';

/** What finance says of a period of a tenant; `finalizedAt` in ms. */
export interface PeriodBilling {
  plan: string | null;
  /** The plan's terms for receptive windows; null without a plan. */
  receptive: PlanTerms['receptive'] | null;
  invoiced: { number: string; receptive: number; active: number; finalizedAt: number } | null;
}

/** The plan in force in each tenant's period, as it is now or as its standing invoice recorded it. By tenant. */
export async function billingOf(
  { db }: ReadSnapshot,
  slots: readonly Slot[],
): Promise<Map<string, PeriodBilling>> {
  const tenants = slots.map(({ tenant }) => tenant);
  const timelines = await subscriptionsOf(db, tenants);
  const inForce = ({ tenant, period }: Slot) => subscriptionAt(timelines.get(tenant) ?? [], period);
  const versions = await planVersions(
    db,
    slots.flatMap((slot) => inForce(slot)?.plan ?? []),
  );
  const standing = new Map(
    (await standingInvoices(db, tenants)).map((invoice) => [
      slotKey({ tenant: invoice.tenant, period: invoice.period.id }),
      invoice,
    ]),
  );
  return new Map(
    slots.map((slot) => {
      const invoice = standing.get(slotKey(slot)) ?? null;
      const subscription = inForce(slot);
      const plan = invoice === null ? (subscription?.plan ?? null) : invoice.plan;
      const version = versionAt(versions.get(plan ?? '') ?? [], slot.period);
      const agreed = subscription === null || version === null ? version : agreedTerms(version, subscription);
      const terms = invoice === null ? agreed : invoice.terms;
      const receptive = terms?.receptive ?? null;
      return [slot.tenant, { plan, receptive, invoiced: invoice && pickCounts(invoice) }];
    }),
  );
}

function pickCounts({ number, receptive, active, finalizedAt }: NonNullable<PeriodBilling['invoiced']>) {
  return { number, receptive, active, finalizedAt };
}
