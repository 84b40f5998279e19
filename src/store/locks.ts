/**
 * Advisory lock keys (pg_advisory_lock with one bigint or two ints), all in one place so that none collides.
 * Order of taking, where several are held: settings, then projection, then log partitions ascending.
 */
export const LOCKS = {
  /** Migrations; exclusive. */
  migrate: 7_301_001,
  /** Rules and zones of tenants: shared by every projection batch, exclusive while they change. */
  settings: 7_301_002,
  /** Which projection is live: shared by every projection batch, exclusive for promote and rollback. */
  projectionCurrent: 7_301_003,
  /** The service that works on an embedded database (in its maintenance database); exclusive. */
  embeddedOwner: 7_301_004,
  /** The process that works on the rebuild; exclusive, for as long as it does. */
  rebuild: 7_301_005,
} as const;

/** First key of two-key locks: (space, partition or hash). */
export const LOCK_SPACES = {
  /** (space, partition): an append to the PostgreSQL log. */
  logPartition: 7_302,
  /** (space, hash of group and partition): who reads a partition of the PostgreSQL log. */
  logConsumer: 7_303,
  /** (space, hash of tenant): finalize and void of one tenant, and what its invoices are made from. */
  tenantInvoices: 7_304,
  /** (space, hash of plan): versions of a plan, and who subscribes to it. */
  plan: 7_305,
} as const;
