import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { unlz4, unsnappy } from './compression.ts';

/** What the libraries of Kafka's own client (snappy-java, lz4-java) make of `TEXT`. */
const FRAMED_SNAPPY = Buffer.from(
  [
    'glNOQVBQWQAAAAABAAAAAQAAAM2ACABh/gEA/gEA/gEA/gEAqgEAwHsiaWQiOiJ3YW1pZC4wIiwidHlwZSI6Im1lc3Nh',
    'Z2UucmVjZWl2ZWQiLCJuIjowfXsuMAAAMX4wAAAxNjAAADR+MAAAMjYwAAA5fjAAADM2MAAEMTZ+MQAANDYxAAQyNX4x',
    'AAA1NjEAADOCYgAANjYxAAA0gsQAADc2MQAANoIlAQA4NjEAADiChgEAOTYxAAAzfvQABDEwNjEAADKCkwAAMT7pAQA3',
    'gmQAOusBBDcygjIAOu0BZjEAAAABAYAIyGQiLCJuIjoxNH17ImlkIjoid2FtaWQuMzEiLCJ0eXBlIjoibWVzc2FnZS5y',
    'ZWNlaXZlZA0yADU2MgAENjKCMgAANjYyAAQ5NYIyAAA3NjIABDMzgjIAADg2MgAENzCCMgAAOTYyAAAxgsgABDIwNjIA',
    'ADWClgAEMjE2MgAEOTZ+lgAEMjI2MgAENDSCMgAAMzYyAAA5gsIBADI69AEANIbIADr0AQA5hpYAOvQBADWCkAEAMjr0',
    'AQA4gvkAOvMBADaCVwIAMjrzAQQyN35kAAAzOvMBADiClgAAMzrzAQA1gisBADM68wEAMoKJAgAzOvMBBDg5gsgAOvMB',
    'BDYxAAAA64AIyCIsInR5cGUiOiJtZXNzYWdlLnJlY2VpdmVkIiwibiI6MzV9eyJpZCI6IndhbWlkLjM1In4yAAQ2fTIy',
    'AAQxMYJkAAA3NjIABDg2gjIAADg2MgAANoYyAAA5NjIABDQ4fmQABDQwNjIABDMygjIAADE2MgAAMYZkAAAyNjIAADaC',
    'YwAAMzYxAAQ5M4IyAAA0NjIAADiCwQEANDrzAQQ3OYJkADrzAQA3hmQAOvMBADeGyAA68wGKMgA68wGGlgAANTrzAYb6',
    'AAA1OvMBADiC+gAANTrzAYbCAQA1OvQBgiUCADU68wFuiAIAAABh1gHIIiwibiI6NTV9eyJpZCI6IndhbWlkLjMyIiwi',
    'dHlwZSI6Im1lc3NhZ2UucmVjZWl2ZWQiCTIANjYyAAg0OCJ+MgAANzYyAAQ2NoIyAAA4NjIAADiGMgAYOX3Dp8Ojbw==',
  ].join(''),
  'base64',
);
const SNAPPY = Buffer.from(
  [
    '1hkAYf4BAP4BAP4BAP4BAKoBAMB7ImlkIjoid2FtaWQuMCIsInR5cGUiOiJtZXNzYWdlLnJlY2VpdmVkIiwibiI6MH17',
    'LjAAADF+MAAAMTYwAAA0fjAAADI2MAAAOX4wAAAzNjAABDE2fjEAADQ2MQAEMjV+MQAANTYxAAAzgmIAADY2MQAANILE',
    'AAA3NjEAADaCJQEAODYxAAA4goYBADk2MQAAM370AAQxMDYxAAAygpMAADE+6QEAN4JkADrrAQQ3MoIyADrtAYYxADrt',
    'AQAzgikBADE67gEANoZkADrvAQA5glECADE68AEAM4aPATrxAQA3gqcDADE68gEAMYLIAAAyOvMBADWClgAAMjrzAQA5',
    'ghoDADI68wEANIJXAgAyOvMBADmCwgEAMjr0AQA0hsgAOvQBADmGlgA69AEANYKQAQAyOvQBADh+7AIAMjrzAQA2glcC',
    'ADI68wEAMoKCAwAzOvMBADiClgAAMzrzAQA1gisBADM68wEAMoKJAgAzOvMBADiCQAUAMzrzAQA2giUCADM68wEAM4Je',
    'AQAzOvMBADGGZAA+8wGCHwMAMz70AYYyADr0AQA0gsIBADQ69AEAM4KQAQA0OvQBADGGZAA69AGCxwAANDrzAQA5grQD',
    'ADQ68wEAOILBAQA0OvMBADeCVwIANDrzAQA3hmQAOvMBADeGyAA68wGKMgA68wGGlgAANTrzAYb6AAA1OvMBhl4BADU6',
    '8wGGwgEANTr0AYIlAgA1OvMBhogCADU68wGG7AIANTrzAYZQAwA1OvMBhrQDADU68wGGGAQcNTl9w6fDo28=',
  ].join(''),
  'base64',
);
const LZ4 = Buffer.from(
  [
    'BCJNGGBwczkCAAAfYQEA/xn5IXsiaWQiOiJ3YW1pZC4wIiwidHlwZSI6Im1lc3NhZ2UucmVjZWl2ZWQiLCJuIjowfTAA',
    'HzEwAA0aMTAAHzQwAA0aMjAAHzkwAA0aMzAALzE2MQANGjQxAC8yNTEADRo1MQAfM2IADho2MQAfNMQADho3MQAfNiUB',
    'Dho4MQAfOIYBDho5MQAfM/QADRsx5wEfMpMADhwx6QEfN2QADgvrAS83MjIADgvtAQ8xAA8L7QEfMykBDhsx7gEfNmQA',
    'DwvvAR85UQIOGzHwAR8zjwEPC/EBHzenAw4bMfIBHzHIAA4bMvMBHzWWAA4bMvMBHzkaAw4bMvMBHzRXAg4bMvMBHznC',
    'AQ4bMvQBHzTIAA8L9AEfOZYADwv0AR81kAEOGzL0AR847AINGzLzAR82VwIOGzLzAR8yggMOGzPzAR84lgAOGzPzAR81',
    'KwEOGzPzAR8yiQIOGzPzAR84QAUOGzPzAR82JQIOKzM1EQUPXgEOGzPzAR8xZAAPDPMBDx8DDhwz9AEPMgAPC/QBHzTC',
    'AQ4bNPQBHzOQAQ4bNPQBHzFkAA8L9AEPxwAOGzTzAR85tAMOGzTzAR84wQEOGzTzAR83VwIOGzTzAR83ZAAPC/MBHzfI',
    'AA8L8wEPMgAQC/MBD5YADxs18wEP+gAPGzXzAQ9eAQ8bNfMBD8IBDxs19AEPJQIOGzXzAQ+IAg8bNfMBD+wCDxs18wEP',
    'UAMPGzXzAR82yAAPC/MBHzgyAA9wOX3Dp8OjbwAAAAA=',
  ].join(''),
  'base64',
);
/** Nothing in it repeats; with a checksum of the content. */
const LZ4_STORED = Buffer.from(
  [
    'BCJNGGRAp8gAAIBz1Rq72Jy4GW8O+2iS+U1o/MwsNfC4Rgnl8SxV3YWrqNXZvvdoCPO1cuWQARK4GSe6W7X2fhvaKLQE',
    'm/DkrteNsV178vwMNOmpneTvO8KxfIE3rWWYePnpPfH2WDZ6yihkUkdLnvN2XiTpqIFzck3d+wSwHczrDIrq1kHFja1W',
    'lYG67qh8ENQKR5AgKOYc/cJD2dFgCKq8n7d8xyOlYBfhTxzosWmDQXNKaCPOAgQ+AWtUSQEhSi3auC/shcC5/gVJxHW+',
    'W4h7tAAAAADjIoxt',
  ].join(''),
  'base64',
);
const STORED = Buffer.from(
  [
    'c9Uau9icuBlvDvtokvlNaPzMLDXwuEYJ5fEsVd2Fq6jV2b73aAjztXLlkAESuBknulu19n4b2ii0BJvw5K7XjbFde/L8',
    'DDTpqZ3k7zvCsXyBN61lmHj56T3x9lg2esooZFJHS57zdl4k6aiBc3JN3fsEsB3M6wyK6tZBxY2tVpWBuu6ofBDUCkeQ',
    'ICjmHP3CQ9nRYAiqvJ+3fMcjpWAX4U8c6LFpg0FzSmgjzgIEPgFrVEkBIUot2rgv7IXAuf4FScR1vluIe7Q=',
  ].join(''),
  'base64',
);

const TEXT = [
  'a'.repeat(300),
  ...Array.from(
    { length: 60 },
    (_, i) => `{"id":"wamid.${(i * i) % 97}","type":"message.received","n":${i}}`,
  ),
  'ção',
].join('');

test.each([
  ['snappy in the framing of Java', unsnappy, FRAMED_SNAPPY],
  ['snappy as other clients send it', unsnappy, SNAPPY],
  ['lz4', unlz4, LZ4],
] as const)('%s is read', (_, read, compressed) => {
  expect(read(compressed).toString('utf8')).toBe(TEXT);
});

test('a block of lz4 that was not worth compressing is read as it is', () => {
  expect(unlz4(LZ4_STORED)).toEqual(STORED);
});

describe('literals and copies of every size', () => {
  test.each([1, 59, 60, 61, 255, 256, 257, 65_536, 65_537])('a snappy literal of %i bytes', (length) => {
    const bytes = randomBytes(length);
    expect(unsnappy(Buffer.concat([varint(length), literal(bytes)]))).toEqual(bytes);
  });

  test.each([1, 2, 3, 7, 2_047, 2_048, 65_535, 65_536])('a snappy copy from %i bytes before', (distance) => {
    const bytes = randomBytes(distance);
    const copy = Buffer.from([(63 << 2) | 3, 0, 0, 0, 0]);
    copy.writeUInt32LE(distance, 1);
    const repeated = Buffer.concat([bytes, Buffer.concat(Array(64).fill(bytes)).subarray(0, 64)]);
    expect(unsnappy(Buffer.concat([varint(distance + 64), literal(bytes), copy]))).toEqual(repeated);
  });
});

test('what is cut short or points before the beginning is refused, never read past its end', () => {
  for (const [read, whole] of [
    [unsnappy, FRAMED_SNAPPY],
    [unlz4, LZ4],
  ] as const)
    for (const length of [0, 3, 6, 17, 40, whole.length - 2])
      expect(() => read(whole.subarray(0, length))).toThrow('a compressed record batch is broken');
  expect(() => unsnappy(Buffer.from([4, 0x01, 0x05]))).toThrow('broken');
});

test('a batch that would become more than 64 MiB is refused', () => {
  const copies = Buffer.alloc(3 * 1_100_000, Buffer.from([(63 << 2) | 2, 1, 0]));
  const bomb = Buffer.concat([varint(2 ** 26), literal(Buffer.from('a')), copies]);
  expect(() => unsnappy(bomb)).toThrow('a compressed record batch is larger than 67108864 bytes');
});

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function literal(bytes: Buffer): Buffer {
  const length = bytes.length - 1;
  if (length < 60) return Buffer.concat([Buffer.from([length << 2]), bytes]);
  const width = length < 256 ? 1 : length < 65_536 ? 2 : 3;
  const head = Buffer.alloc(1 + width);
  head.writeUInt8((59 + width) << 2);
  head.writeUIntLE(length, 1, width);
  return Buffer.concat([head, bytes]);
}
