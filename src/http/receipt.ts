import { crc32 } from 'node:zlib';
import type { Position } from '../log/log.ts';

/**
 * A receipt says up to where the log holds the events of one answer: per partition the offset after the last of them.
 * Bytes: version, then (partition, next) pairs ascending as LEB128 numbers, then CRC-32 of all that; in base64url.
 */
const VERSION = 1;
const CHECKSUM_BYTES = 4;

export function encodeReceipt(positions: readonly Position[]): string {
  const nexts = new Map<number, number>();
  for (const { partition, offset } of positions) {
    if (offset >= (nexts.get(partition) ?? 0)) nexts.set(partition, offset + 1);
  }
  const bytes = [VERSION];
  for (const pair of [...nexts].sort(([a], [b]) => a - b)) {
    for (const number of pair) pushNumber(bytes, number);
  }
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32BE(crc32(Uint8Array.from(bytes)));
  return Buffer.from([...bytes, ...checksum]).toString('base64url');
}

/** Partition -> next offset, for a log of so many partitions; null for what is not a receipt of such a log. */
export function decodeReceipt(token: string, partitions: number): Map<number, number> | null {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.toString('base64url') !== token || bytes.length <= CHECKSUM_BYTES) return null;
  const content = bytes.subarray(0, -CHECKSUM_BYTES);
  if (crc32(content) !== bytes.readUInt32BE(content.length) || content[0] !== VERSION) return null;
  const numbers = readNumbers(content.subarray(1));
  const nexts = new Map<number, number>();
  for (let i = 0; i < numbers.length; i += 2) {
    const partition = numbers[i];
    const next = numbers[i + 1];
    if (partition === undefined || next === undefined || partition >= partitions) return null;
    nexts.set(partition, next);
  }
  return nexts;
}

function pushNumber(bytes: number[], number: number): void {
  let rest = number;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
}

function readNumbers(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let number = 0;
  let factor = 1;
  for (const byte of bytes) {
    number += (byte % 128) * factor;
    factor *= 128;
    if (byte >= 128) continue;
    numbers.push(number);
    number = 0;
    factor = 1;
  }
  return numbers;
}
