/** What one append, or one send, may hold. */
export interface PieceSize {
  records: number;
  bytes: number;
}

/** Records in their order, so many at a time as fit; one that is larger than a piece comes alone. */
export function* pieces<T>(
  records: readonly T[],
  bytesOf: (record: T) => number,
  most: PieceSize,
): Generator<T[]> {
  let piece: T[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = bytesOf(record);
    if (piece.length > 0 && (piece.length === most.records || bytes + size > most.bytes)) {
      yield piece;
      piece = [];
      bytes = 0;
    }
    piece.push(record);
    bytes += size;
  }
  if (piece.length > 0) yield piece;
}
