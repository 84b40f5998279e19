/** Tables of a projection schema (`projection`, `projection_<id>`). Instants in ms; uuids are 128-bit hashes. */
export interface ProjectionTables {
  events: EventsTable;
  conversations: ConversationsTable;
  windows: WindowsTable;
  window_tallies: WindowTalliesTable;
  message_tallies: MessageTalliesTable;
  positions: PositionsTable;
  quarantine: QuarantineTable;
  gaps: GapsTable;
}

export interface EventsTable {
  conversation: string;
  key: string;
  ref: string | null;
  class: number;
  partition: number;
  at: number;
  offset: number;
  received_at: number;
  id: string;
  key_id: string;
  detail: string | null;
  metadata: string | null;
  voided: boolean;
  /** Sealed as the log has it; null: in clear. */
  who: Buffer | null;
  content: string | null;
}

interface ConversationsTable {
  conversation: string;
  tenant: string;
  channel: string;
  account: string;
  contact: string;
}

export interface WindowsTable {
  conversation: string;
  opened_at: number;
  closes_at: number;
  opener: string;
  kind: number;
  partition: number;
  offset: number;
  tenant: string;
  channel: string;
  account: string;
  opened_by: string;
  rule: string;
  origin: string | null;
  category: string | null;
  campaign: string | null;
}

export interface WindowTalliesTable {
  tenant: string;
  day: string;
  kind: number;
  channel: string;
  account: string;
  origin: string;
  category: string;
  partition: number;
  windows: number;
}

export interface MessageTalliesTable {
  tenant: string;
  day: string;
  partition: number;
  received: number;
  templates: number;
  free_form: number;
}

export interface PositionsTable {
  partition: number;
  next: number;
  last_offset: number | null;
  last_digest: Buffer | null;
  chain: Buffer;
  events: number;
  duplicates: number;
  quarantined: number;
}

export interface QuarantineTable {
  partition: number;
  offset: number;
  reason: string;
  detail: string;
  tenant: string | null;
  conversation: string | null;
  key: string | null;
  record: Buffer;
}

/** Offsets from `first` up to and without `next` that hold no record. */
export interface GapsTable {
  partition: number;
  first: number;
  next: number;
}

export interface ProjectionCurrentTable {
  only_row: boolean;
  schema: string;
}
