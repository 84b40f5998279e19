/** The partition of a record key: as Kafka's own Java clients choose it. */

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** The partition of a record key, as Kafka's own Java clients choose it: toPositive(murmur2(key)) % partitions. */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

/** 32-bit murmur2 with Kafka's seed: org.apache.kafka.common.utils.Utils.murmur2. */
export function murmur2(data: Uint8Array): number {
  const length = data.length;
  const words = length & ~3;
  let h = SEED ^ length;
  for (let i = 0; i < words; i += 4) {
    let k = byte(data, i) | (byte(data, i + 1) << 8) | (byte(data, i + 2) << 16) | (byte(data, i + 3) << 24);
    k = Math.imul(k, M);
    k ^= k >>> 24;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  const rest = length & 3;
  if (rest > 2) h ^= byte(data, words + 2) << 16;
  if (rest > 1) h ^= byte(data, words + 1) << 8;
  if (rest > 0) h = Math.imul(h ^ byte(data, words), M);
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
}

function byte(data: Uint8Array, at: number): number {
  return data[at] as number;
}
