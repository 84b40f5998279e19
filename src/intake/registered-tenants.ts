import { within } from '../async.ts';

/** Which tenants are registered, as far as the path of every event may ask: in memory, looked up when they first appear. */
export interface RegisteredTenants {
  has(tenant: string): boolean;
  /**
   * Looks up those that nobody has asked about lately. Resolves after 300 ms at the latest: it is for a warning, and no
   * event waits for the database because of one. What could not be looked up passes for registered.
   */
  ask(tenants: Iterable<string>): Promise<void>;
  /** The same for one, without a wait: whether `ask` would have anything to do. */
  isKnown(tenant: string): boolean;
}

interface Options {
  /** Those of the tenants that are registered. */
  find(tenants: readonly string[]): Promise<readonly string[]>;
  /** Monotonic, ms. */
  clock?(): number;
  waitMs?: number;
}

/** How long it is believed that a tenant is not registered, in ms. Registered is registered: nobody can take it back. */
const BELIEVED_MS = 5_000;
const WAIT_MS = 300;
/** Beyond this the oldest are forgotten, and asked about again. */
const MOST_STRANGERS = 10_000;
const MOST_REGISTERED = 200_000;

export function createRegisteredTenants(options: Options): RegisteredTenants {
  const { find, clock = () => performance.now(), waitMs = WAIT_MS } = options;
  const registered = new Set<string>();
  /** When each was last looked for and not found, or could not be looked for: then it is not told. */
  const strangers = new Map<string, { at: number; isTold: boolean }>();

  function note(tenants: readonly string[], isTold: boolean): void {
    const at = clock();
    for (const tenant of tenants) {
      strangers.delete(tenant);
      if (strangers.size >= MOST_STRANGERS) strangers.delete(strangers.keys().next().value ?? '');
      strangers.set(tenant, { at, isTold });
    }
  }

  async function lookUp(tenants: readonly string[]): Promise<void> {
    const found = new Set(await find(tenants));
    if (registered.size + found.size > MOST_REGISTERED) registered.clear();
    for (const tenant of found) {
      registered.add(tenant);
      strangers.delete(tenant);
    }
    note(
      tenants.filter((tenant) => !found.has(tenant)),
      true,
    );
  }

  function isKnown(tenant: string): boolean {
    if (registered.has(tenant)) return true;
    const stranger = strangers.get(tenant);
    return stranger !== undefined && clock() - stranger.at < BELIEVED_MS;
  }

  return {
    isKnown,
    has: (tenant) => registered.has(tenant) || strangers.get(tenant)?.isTold !== true,
    async ask(tenants) {
      const unknown = [...new Set(tenants)].filter((tenant) => !isKnown(tenant));
      if (unknown.length === 0) return;
      // A database that does not answer is told by whoever cannot do without it.
      await within(waitMs, lookUp(unknown), () => new Error('too late')).catch(() => note(unknown, false));
    },
  };
}
