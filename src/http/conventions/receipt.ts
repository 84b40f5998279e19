import type { Position } from '../../log/log.ts';

/**
 * A receipt says up to where the log holds the events of one answer, and of those before it that the sender named: per
 * partition the offset after the last of them.
 * Bytes: version, then (partition, next) pairs ascending as LEB128 numbers, then FNV-1a of all that, to tell garbage
 * (32 bits, big-endian); in base64url.
 */
const VERSION = 1;
const CHECKSUM_BYTES = 4;

/** `before`: partition -> next offset of an earlier receipt, which the new one covers too. */
export function encodeReceipt(positions: readonly Position[], before?: ReadonlyMap<number, number>): string {
  const bytes = [VERSION];
  for (const [partition, next] of nextsOf(positions, before)) {
    pushNumber(bytes, partition);
    pushNumber(bytes, next);
  }
  const checksum = fnv1a(bytes);
  bytes.push(checksum >>> 24, checksum >>> 16, checksum >>> 8, checksum);
  return Buffer.from(bytes).toString('base64url');
}

function nextsOf(
  positions: readonly Position[],
  before?: ReadonlyMap<number, number>,
): Iterable<[number, number]> {
  const [first] = positions;
  if (before === undefined && positions.length === 1 && first !== undefined)
    return [[first.partition, first.offset + 1]];
  const nexts = new Map(before);
  for (const { partition, offset } of positions) {
    if (offset >= (nexts.get(partition) ?? 0)) nexts.set(partition, offset + 1);
  }
  return [...nexts].sort(([a], [b]) => a - b);
}

function fnv1a(bytes: Iterable<number>): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Partition -> next offset, for a log of so many partitions; null for what is not a receipt of such a log. */
export function decodeReceipt(token: string, partitions: number): Map<number, number> | null {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.toString('base64url') !== token || bytes.length <= CHECKSUM_BYTES) return null;
  const content = bytes.subarray(0, -CHECKSUM_BYTES);
  if (fnv1a(content) !== bytes.readUInt32BE(content.length) || content[0] !== VERSION) return null;
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
