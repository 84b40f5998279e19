/** Tables of the event log in PostgreSQL (schema `log`). Instants in ms. */
export interface LogTables {
  'log.meta': LogMetaTable;
  'log.partitions': LogPartitionsTable;
  'log.records': LogRecordsTable;
}

export interface LogMetaTable {
  only_row: boolean;
  partitions: number;
  created_at: number;
  /** Where the log was imported into; null: it is here. */
  moved_to: string | null;
}

export interface LogPartitionsTable {
  partition: number;
  /** Offset the next record will get. */
  next: number;
}

export interface LogRecordsTable {
  partition: number;
  offset: number;
  key: Buffer;
  value: Buffer;
  appended_at: number;
}
