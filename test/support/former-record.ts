import type { Event } from '../../src/domain/event.ts';
import type { NewRecord } from '../../src/log/log.ts';
import { partitionOf } from '../../src/log/record/partition.ts';
import { FORMER_HASHES } from '../../src/sealing/hashes.ts';

/** Version of the record's value, kept in every record as `v`. */
const RECORD_FORMAT = 1;

/**
 * Turns an event into the record that the log keeps. `receivedAt` is in ms; `keyId` names the API key. The JSON is put
 * together by hand: 1 us instead of the 2.2 that JSON.stringify takes for an object with so many absent members.
 */
export function encodeEvent(event: Event, receivedAt: number, keyId: string, partitions: number): NewRecord {
  const conversation = FORMER_HASHES.conversation(event);
  const named = event.message ?? event.target;
  const id = FORMER_HASHES.id(event.id);
  const ref = named === undefined || named === event.id ? id : FORMER_HASHES.id(named);
  const who = `{"contact":${JSON.stringify(event.contact)},"id":${JSON.stringify(event.id)}${member(
    'message',
    event.message,
  )}${member('target', event.target)}${member('reason', event.reason)}${member('actor', event.actor)}${member(
    'metadata',
    event.metadata,
  )}}`;
  const value = `{"v":${RECORD_FORMAT},"receivedAt":"${isoInstant(receivedAt)}"${member('key', keyId)}${member(
    'tenant',
    event.tenant,
  )}${member('channel', event.channel)}${member('account', event.account)},"conversation":"${conversation}"${member(
    'type',
    event.type,
  )},"occurredAt":"${new Date(event.occurredAt).toISOString()}"${member('template', event.template)}${member(
    'origin',
    event.origin,
  )}${member('campaign', event.campaign)}${member('error', event.error)},"id":"${id}"${
    named === undefined ? '' : `,"ref":"${ref}"`
  },"who":${who}}`;
  const key = Buffer.from(conversation, 'latin1');
  return { partition: partitionOf(key, partitions), key, value: Buffer.from(value) };
}

function member(name: string, value: unknown): string {
  return value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`;
}

let lastInstant = { at: 0, iso: new Date(0).toISOString() };

/** All events of a request were received at one instant. */
function isoInstant(at: number): string {
  if (at !== lastInstant.at) lastInstant = { at, iso: new Date(at).toISOString() };
  return lastInstant.iso;
}
