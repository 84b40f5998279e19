import type { Key } from '../keys/rights.ts';

/** Room that senders share, so that what one of them has in it leaves some for everybody else. */

/** Who takes room: a key, and the tenant for whom; null: more than one. */
export interface Sender {
  key: string;
  tenant: string | null;
}

/** Keys of one tenant are one sender with it. */
export function senderOf({ id, tenants }: Key): Sender {
  return { key: id, tenant: tenants?.size === 1 ? (tenants.values().next().value ?? null) : null };
}

export interface Shares {
  /** False: it does not fit, and nothing was taken. */
  take(sender: Sender, amount: number): boolean;
  /** Whether that would fit now. */
  fits(sender: Sender, amount: number): boolean;
  giveBack(sender: Sender, amount: number): void;
  held(): number;
  /** Of one key. */
  heldBy(sender: Sender): number;
}

/**
 * A sender may hold at most twice what is then still free, so that alone it has two thirds of the room, two have two
 * fifths each, and whoever comes finds some free: dynamic thresholds (Choudhury and Hahne, 1998), which know no list of
 * who else is there and never turn anybody out. It holds for keys and for tenants alike: many keys of one tenant have its
 * share. `alone` is what one sender may hold with nobody else there.
 */
export function createShares(alone: number): Shares {
  const total = 1.5 * alone;
  const byKey = new Map<string, number>();
  const byTenant = new Map<string, number>();
  let held = 0;

  function fits({ key, tenant }: Sender, amount: number): boolean {
    const most = 2 * (total - held - amount);
    if ((byKey.get(key) ?? 0) + amount > most) return false;
    return tenant === null || (byTenant.get(tenant) ?? 0) + amount <= most;
  }

  function add({ key, tenant }: Sender, amount: number): void {
    held += amount;
    change(byKey, key, amount);
    if (tenant !== null) change(byTenant, tenant, amount);
  }

  return {
    fits,
    take(sender, amount) {
      if (!fits(sender, amount)) return false;
      add(sender, amount);
      return true;
    },
    giveBack: (sender, amount) => add(sender, -amount),
    held: () => held,
    heldBy: ({ key }) => byKey.get(key) ?? 0,
  };
}

function change(amounts: Map<string, number>, name: string, by: number): void {
  const amount = (amounts.get(name) ?? 0) + by;
  if (amount > 0) amounts.set(name, amount);
  else amounts.delete(name);
}
