/**
 * Where notifications may go: to the public internet by https, and nowhere that only the service can reach. A name is
 * judged by what it resolves to for the very connection, for an answer of the DNS may be another one a moment later.
 */

import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { type Said, say } from '../domain/sentences.ts';

/** Not the public internet (IANA's registries of special-purpose addresses), or a way to IPv4 inside IPv6. */
const CLOSED_IPV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  // Multicast, what is reserved, and the broadcast address.
  ['224.0.0.0', 3],
] as const;
/** Of the global unicast addresses, `2000::/3`, which alone are open. */
const CLOSED_IPV6 = [
  // Teredo and other protocols.
  ['2001::', 23],
  ['2001:db8::', 32],
  // 6to4.
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const closed = new BlockList();
for (const [net, bits] of CLOSED_IPV4) closed.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of CLOSED_IPV6) closed.addSubnet(net, bits, 'ipv6');
const unicast = new BlockList();
unicast.addSubnet('2000::', 3, 'ipv6');

/** Whether nothing may be sent there; `address` is IPv4 or IPv6. */
export function isClosed(address: string): boolean {
  if (isIP(address) === 4) return closed.check(address, 'ipv4');
  return !unicast.check(address, 'ipv6') || closed.check(address, 'ipv6');
}

/** No connection is made, for the address is closed to the service. */
export class AddressClosed extends Error {
  override name = 'AddressClosed';

  constructor() {
    super('the address is loopback, private or reserved, where no notification is sent');
  }
}

/** What is wrong with the URL of a webhook, as a sentence behind its name; null: nothing that its text shows. */
export function urlFault(text: string, allowInsecure: boolean): Said | null {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return say('must be an https address');
  if (url.username !== '' || url.password !== '')
    return say('must hold no user and password: anybody who may see the webhook would see them');
  if (allowInsecure) return null;
  if (url.protocol !== 'https:') return say('must be an https address');
  return literalClosed(url) ? say('must not be loopback, private or reserved') : null;
}

/** Whether the host is an address, in whatever notation, and a closed one. */
export function literalClosed({ hostname }: Pick<URL, 'hostname'>): boolean {
  // Of IPv4 the URL has one form, whether it was written as decimal, octal, hexadecimal, or with parts left out.
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) !== 0 && isClosed(host);
}

/** Looks a name up for a connection, which is not made where any of its addresses is closed. */
export const openLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, []);
    if (addresses.some(({ address }) => isClosed(address))) return callback(new AddressClosed(), []);
    const [first] = addresses;
    if (options.all === true || first === undefined) return callback(null, addresses);
    callback(null, first.address, first.family);
  });
};
