import type { ColumnType, Generated } from 'kysely';

/** Keys (schema `sealing`). Instants in ms, hashes as 32 hex digits. */
export interface SealingTables {
  'sealing.master_keys': MasterKeysTable;
  'sealing.hash_secret': HashSecretTable;
  'sealing.contact_keys': ContactKeysTable;
  'sealing.key_changes': KeyChangesTable;
  'sealing.erasures': ErasuresTable;
  'sealing.erasure_keys': ErasureKeysTable;
}

interface MasterKeysTable {
  name: string;
  since: Generated<Date>;
  /** Since when nothing is wrapped by it; null: it must be among those of `MASTER_KEY`. */
  retired_at: Date | null;
}

interface HashSecretTable {
  only_row: Generated<boolean>;
  wrapped: Buffer;
}

interface ContactKeysTable {
  conversation: string;
  generation: number;
  contact: string;
  /** null: destroyed. */
  wrapped: Buffer | null;
  created_at: number;
  ended_at: number | null;
  erased_at: number | null;
  change: number | null;
}

interface KeyChangesTable {
  only_row: Generated<boolean>;
  last: number;
}

/** `settling`: until nobody seals with the keys; `counting`: until the projection has counted what they sealed. */
export type ErasureState = 'ending' | 'settling' | 'counting' | 'destroyed' | 'done';

export interface ErasuresTable {
  id: Generated<number>;
  tenant: string;
  channel: string;
  /** null: every one. */
  account: string | null;
  /** Of the contact, then of its aliases. */
  contacts: string[];
  /** null: every one of the contacts. */
  conversations: string[] | null;
  /** Wrapped by a master key. */
  reason: Buffer;
  actor: string;
  requested_at: number;
  state: ErasureState;
  state_since: Generated<Date>;
  ends: ColumnType<{ partition: number; end: number }[] | null, string | null | undefined, string | null>;
  keys: Generated<number>;
  done_at: ColumnType<number | null, number | null | undefined, number | null>;
}

interface ErasureKeysTable {
  erasure: number;
  conversation: string;
  generation: number;
}
