/** What record batches may be compressed with: kafkajs 2.2.4 reads gzip alone, however much it becomes. */

import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';

const ungzip = promisify(gunzip);
const unzstd = promisify(zstdDecompress);

/** What may come out of a batch: whoever may write to a topic must not take all the memory of whoever reads it. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Lets all consumers read what producers of other teams, or the setting of a topic, compressed. Nothing here compresses. */
export function readEveryCompression(): void {
  const { CompressionCodecs: codecs, CompressionTypes: types } = kafkajs;
  codecs[types.GZIP] = reading(async (bytes) => await ungzip(bytes, { maxOutputLength: MOST_BYTES }));
  codecs[types.Snappy] = reading(async (bytes) => unsnappy(bytes));
  codecs[types.LZ4] = reading(async (bytes) => unlz4(bytes));
  codecs[types.ZSTD] = reading(async (bytes) => await unzstd(bytes, { maxOutputLength: MOST_BYTES }));
}

function reading(decompress: (bytes: Buffer) => Promise<Buffer>) {
  return () => ({
    decompress,
    compress: () => Promise.reject(new Error('records are sent uncompressed')),
  });
}

/** Bytes that grow, and repeat what stands in them. */
interface Output {
  append(bytes: Buffer): void;
  /** Once more so many bytes from `distance` before the end on; they may overlap what they make. */
  repeat(distance: number, length: number): void;
  bytes(): Buffer;
}

function createOutput(capacity: number): Output {
  let buffer = Buffer.allocUnsafe(capacity);
  let size = 0;
  const grow = (more: number) => {
    if (size + more > MOST_BYTES)
      throw new Error(`a compressed record batch is larger than ${MOST_BYTES} bytes`);
    if (size + more <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * buffer.length, size + more));
    buffer.copy(larger, 0, 0, size);
    buffer = larger;
  };
  return {
    append(bytes) {
      grow(bytes.length);
      bytes.copy(buffer, size);
      size += bytes.length;
    },
    repeat(distance, length) {
      if (distance === 0 || distance > size) throw broken();
      grow(length);
      if (distance >= length) buffer.copy(buffer, size, size - distance, size - distance + length);
      else for (let i = 0; i < length; i++) buffer[size + i] = buffer[size + i - distance] ?? 0;
      size += length;
    },
    bytes: () => buffer.subarray(0, size),
  };
}

function broken(): Error {
  return new Error('a compressed record batch is broken');
}

/** Of the input, or an error where it ends before. */
function slice(bytes: Buffer, from: number, length: number): Buffer {
  if (from + length > bytes.length) throw broken();
  return bytes.subarray(from, from + length);
}

const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
/** The magic and two version numbers. */
const XERIAL_HEADER = 16;

/** Java's clients put blocks into a framing of their own; others send one block. */
export function unsnappy(bytes: Buffer): Buffer {
  const output = createOutput(4 * bytes.length + 64);
  if (!bytes.subarray(0, XERIAL.length).equals(XERIAL)) {
    unsnappyBlock(bytes, output);
    return output.bytes();
  }
  for (let at = XERIAL_HEADER; at < bytes.length; ) {
    const length = slice(bytes, at, 4).readUInt32BE();
    unsnappyBlock(slice(bytes, at + 4, length), output);
    at += 4 + length;
  }
  return output.bytes();
}

/** https://github.com/google/snappy/blob/main/format_description.txt */
function unsnappyBlock(bytes: Buffer, output: Output): void {
  let at = 0;
  // The length of what comes out, 7 bits a byte.
  while (slice(bytes, at, 1).readUInt8() >= 0x80) at++;
  at++;
  while (at < bytes.length) {
    const tag = slice(bytes, at++, 1).readUInt8();
    const high = tag >> 2;
    if ((tag & 3) === 0) {
      const extra = Math.max(0, high - 59);
      const length = 1 + (extra === 0 ? high : slice(bytes, at, extra).readUIntLE(0, extra));
      output.append(slice(bytes, at + extra, length));
      at += extra + length;
      continue;
    }
    const width = [0, 1, 2, 4][tag & 3] ?? 0;
    const offset = slice(bytes, at, width).readUIntLE(0, width);
    at += width;
    if (width === 1) output.repeat(((tag >> 5) << 8) | offset, (high & 7) + 4);
    else output.repeat(offset, high + 1);
  }
}

const LZ4_MAGIC = 0x184d2204;
const FLAG = { blockChecksum: 0x10, contentSize: 0x08, dictionary: 0x01 };

/** https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md; checksums are left alone, the batch has one of its own. */
export function unlz4(bytes: Buffer): Buffer {
  if (slice(bytes, 0, 4).readUInt32LE() !== LZ4_MAGIC) throw broken();
  const flags = slice(bytes, 4, 1).readUInt8();
  const output = createOutput(4 * bytes.length + 64);
  let at = 7 + ((flags & FLAG.contentSize) === 0 ? 0 : 8) + ((flags & FLAG.dictionary) === 0 ? 0 : 4);
  for (;;) {
    const size = slice(bytes, at, 4).readUInt32LE();
    if (size === 0) return output.bytes();
    const length = size & 0x7fffffff;
    const block = slice(bytes, at + 4, length);
    if (size > 0x7fffffff) output.append(block);
    else unlz4Block(block, output);
    at += 4 + length + ((flags & FLAG.blockChecksum) === 0 ? 0 : 4);
  }
}

/** https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md */
function unlz4Block(bytes: Buffer, output: Output): void {
  let at = 0;
  /** A length of four bits goes on in the bytes behind it. */
  const lengthFrom = (nibble: number): number => {
    let length = nibble;
    for (let more = nibble === 15; more; ) {
      const byte = slice(bytes, at++, 1).readUInt8();
      length += byte;
      more = byte === 255;
    }
    return length;
  };
  while (at < bytes.length) {
    const token = slice(bytes, at++, 1).readUInt8();
    const literals = lengthFrom(token >> 4);
    output.append(slice(bytes, at, literals));
    at += literals;
    if (at === bytes.length) return;
    const distance = slice(bytes, at, 2).readUInt16LE();
    at += 2;
    output.repeat(distance, 4 + lengthFrom(token & 15));
  }
}
