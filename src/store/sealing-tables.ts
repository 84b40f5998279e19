import type { Generated } from 'kysely';

/** Keys (schema `sealing`). Instants in ms, hashes as 32 hex digits. */
export interface SealingTables {
  'sealing.master_keys': MasterKeysTable;
  'sealing.hash_secret': HashSecretTable;
  'sealing.contact_keys': ContactKeysTable;
  'sealing.key_changes': KeyChangesTable;
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
