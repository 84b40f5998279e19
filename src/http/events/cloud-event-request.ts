/** CloudEvents over HTTP: which requests are some, in which of the three modes, and how they are described. */

import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { type Said, say } from '../../domain/sentences.ts';
import { isOtherVersion, SPEC_VERSION } from '../../intake/cloud-events.ts';
import { faultMembers, Problem } from '../problems/problem.ts';

export const CLOUD_EVENT_JSON = 'application/cloudevents+json';
export const CLOUD_EVENT_BATCH = 'application/cloudevents-batch+json';

export const cloudEventSchema = z
  .looseObject({
    specversion: z.literal(SPEC_VERSION).meta({ description: 'The version of CloudEvents' }),
    id: z.string().meta({ description: '`id` of the event' }),
    source: z.string().min(1).meta({ description: 'Who says so; kept as `metadata.source`' }),
    type: z.string().meta({ description: '`type` of the event, with or without `janela.` before it' }),
    time: z.string().nullish().meta({ description: '`occurredAt` of the event' }),
    datacontenttype: z.string().nullish().meta({ description: 'application/json, where it is there' }),
    data: z.record(z.string(), z.unknown()).optional().meta({
      description:
        'All other members of the event. It may repeat what the attributes say, and not contradict it',
    }),
    data_base64: z.string().nullish().meta({ description: 'The same as JSON in base64' }),
  })
  .meta({
    id: 'CloudEvent',
    description: 'An event as CloudEvents 1.0 has it. Extension attributes are ignored',
    examples: [
      {
        specversion: SPEC_VERSION,
        id: 'wamid.A',
        source: '/channels/whatsapp',
        type: 'janela.message.received',
        time: '2026-11-03T10:00:00-03:00',
        data: {
          tenant: 'acme',
          channel: 'whatsapp',
          account: '551140000001',
          contact: '5511987654321',
        },
      },
    ],
  });

export const cloudEventHeaders = Object.fromEntries(
  ['specversion', 'id', 'source', 'type', 'time'].map((name) => [
    `ce-${name}`,
    z
      .string()
      .optional()
      .meta({ description: `\`${name}\` of a CloudEvent in binary mode, whose \`data\` is the body` }),
  ]),
);

interface Sent {
  headers: IncomingHttpHeaders;
  body: unknown;
}

/**
 * The CloudEvents of a request in their JSON form; null: they are none. Problems: `invalid-request` for another version
 * than 1.0 and for a batch that is no array.
 */
export function cloudEventsIn({
  headers,
  body,
}: Sent): { values: readonly unknown[]; isArray: boolean } | null {
  const type = mediaType(headers['content-type']);
  if (type === CLOUD_EVENT_BATCH) {
    if (!Array.isArray(body)) throw invalid('', say('must be an array: the content type says a batch'));
    for (const [index, value] of body.entries()) requireVersion(value, `/${index}`);
    return { values: body, isArray: true };
  }
  if (type !== CLOUD_EVENT_JSON && ATTRIBUTES.every((name) => headers[name] === undefined)) return null;
  const value = type === CLOUD_EVENT_JSON ? body : { ...attributesIn(headers), data: body };
  requireVersion(value, '');
  return { values: [value], isArray: false };
}

/** Each of these is required, so any of them says what the request is. */
const ATTRIBUTES = ['ce-specversion', 'ce-id', 'ce-source', 'ce-type'];

function mediaType(header: string | undefined): string | undefined {
  return header?.split(';', 1)[0]?.trim().toLowerCase();
}

function requireVersion(value: unknown, base: string): void {
  if (isOtherVersion(value)) throw invalid(`${base}/specversion`, say('must be "1.0"'));
}

function invalid(pointer: string, detail: Said): Problem {
  const sentence =
    pointer === ''
      ? say('The body <detail>.', { detail })
      : say('{place}: <detail>', { place: pointer, detail });
  return new Problem('invalid-request', sentence, { members: faultMembers([{ pointer, detail }], 1) });
}

const PREFIX = 'ce-';

function attributesIn(headers: IncomingHttpHeaders): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(PREFIX) && typeof value === 'string')
      attributes[name.slice(PREFIX.length)] = decoded(value, name.slice(PREFIX.length));
  }
  return attributes;
}

const ESCAPES = /(?:%[0-9a-f]{2})+/gi;
const QUOTED = /^"(.*)"$/s;

/** HTTP binding of CloudEvents, section 3.1.3.2: perhaps quoted, then percent-encoded UTF-8, once. */
function decoded(header: string, attribute: string): string {
  const plain = QUOTED.exec(header)?.[1]?.replace(/\\(.)/gs, '$1') ?? header;
  return plain.replace(ESCAPES, (escaped) => {
    try {
      return decodeURIComponent(escaped);
    } catch {
      throw invalid(`/${attribute}`, say('is not percent-encoded UTF-8'));
    }
  });
}
