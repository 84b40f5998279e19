/**
 * Advisory lock keys (pg_advisory_lock with one bigint or two ints), all in one place so that none collides.
 *
 * Order of taking, where several are held: invoices of a tenant, plan, zone changes, settings, projection, log partitions ascending;
 * rows only after these: the tenant's, then the clock of invoices, then their numbers.
 *
 * Nothing waits for a lock with a connection in hand of a pool that its holder, or anybody else's request, needs.
 * Hence: who waits for a tenant's invoices holds no connection, and who holds them has all that it needs (a pool of
 * its own, `billing/locks.ts`); plan and settings are held for single short transactions, or by one that is waited for
 * in that pool or no longer than a `lock_timeout`; appends, projectors, rebuilds and migrations have pools of their own.
 */
export const LOCKS = {
  /** Migrations; exclusive. */
  migrate: 7_301_001,
  /** Rules and zones of tenants: shared by every projection batch, exclusive while they change. */
  settings: 7_301_002,
  /** Tenants whose zone changes: shared by each such change to its end, exclusive where a rebuild writes its tallies. */
  zoneChanges: 7_301_009,
  /** Which projection is live: shared by every projection batch, exclusive for promote and rollback. */
  projectionCurrent: 7_301_003,
  /** The service that works on an embedded database (in its maintenance database); exclusive. */
  embeddedOwner: 7_301_004,
  /** The process that works on the rebuild; exclusive, for as long as it does. */
  rebuild: 7_301_005,
  /** The process that works on the invoice run; exclusive, for as long as it does. */
  invoiceRun: 7_301_006,
  /** Which master keys are in use; exclusive, while it is looked at and changed. */
  masterKeys: 7_301_007,
  /** The process that seals what earlier versions stored in clear; exclusive. */
  sealClear: 7_301_008,
  /** The process that erases contacts; exclusive, for as long as it does. */
  erasing: 7_301_010,
  /** Requests to erase; exclusive, so that the same one is made once. */
  erasures: 7_301_011,
  /** The process that publishes notifications to the topic; exclusive, while it does. */
  notificationTopic: 7_301_110,
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
