/**
 * Rows in PostgreSQL's binary COPY format (documentation of COPY, "Binary Format"), in one buffer. Beside lines of text
 * it saves PostgreSQL the reading of numbers and uuids, and this process the strings that a line is put together from.
 */
export interface BinaryRows {
  /** Begins a row of so many fields. */
  row(fields: number): void;
  /** 32 hex digits. */
  uuid(hex: string | null): void;
  smallint(value: number): void;
  /** A safe integer. */
  bigint(value: number): void;
  text(value: string | null): void;
  /** All of it; nothing can be added after that. */
  end(): Buffer;
}

const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TRAILER_BYTES = 2;
const FIRST_BYTES = 64 * 1024;
const TWO_TO_32 = 0x1_0000_0000;

export function createBinaryRows(): BinaryRows {
  let buffer = Buffer.allocUnsafe(FIRST_BYTES);
  let end = HEADER.copy(buffer);

  function reserve(bytes: number): void {
    if (end + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * buffer.length, end + bytes));
    buffer.copy(larger, 0, 0, end);
    buffer = larger;
  }

  function length(bytes: number): void {
    reserve(4 + bytes);
    end = buffer.writeInt32BE(bytes, end);
  }

  function none(): void {
    reserve(4);
    end = buffer.writeInt32BE(-1, end);
  }

  return {
    row(fields) {
      reserve(2);
      end = buffer.writeInt16BE(fields, end);
    },
    uuid(hex) {
      if (hex === null) return none();
      length(16);
      end += buffer.write(hex, end, 'hex');
    },
    smallint(value) {
      length(2);
      end = buffer.writeInt16BE(value, end);
    },
    bigint(value) {
      length(8);
      const high = Math.floor(value / TWO_TO_32);
      end = buffer.writeInt32BE(high, end);
      end = buffer.writeUInt32BE(value - high * TWO_TO_32, end);
    },
    text(value) {
      if (value === null) return none();
      reserve(4 + 3 * value.length);
      const bytes = buffer.write(value, end + 4);
      buffer.writeInt32BE(bytes, end);
      end += 4 + bytes;
    },
    end() {
      reserve(TRAILER_BYTES);
      end = buffer.writeInt16BE(-1, end);
      return buffer.subarray(0, end);
    },
  };
}
