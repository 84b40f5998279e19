/** Whether what is asked and answered is what the API description says. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { parse } from 'yaml';

/** One request that was answered. */
export interface Exchange {
  method: string;
  /** Of the request, or of the route in either notation, without the query. */
  path: string;
  requestType: string | undefined;
  /** Parsed JSON as it arrived; undefined: none. */
  requestBody: unknown;
  status: number;
  headers: Readonly<Record<string, unknown>>;
  /** Text; undefined where it was not read, as of a stream. */
  body: string | undefined;
}

/** A CloudEvent in binary mode has no schema of its own: it is described as the structured one that says the same. */
export function asDescribed(
  headers: Readonly<Record<string, unknown>>,
  body: unknown,
): Pick<Exchange, 'requestType' | 'requestBody'> {
  // A route that checks signatures has the bytes.
  const value = Buffer.isBuffer(body) ? jsonOrNothing(body) : body;
  if (headers['ce-specversion'] === undefined)
    return { requestType: headers['content-type'] as string | undefined, requestBody: value };
  const attributes = Object.entries(headers)
    .filter(([name]) => name.startsWith('ce-'))
    .map(([name, value]) => [name.slice(3), value]);
  return {
    requestType: 'application/cloudevents+json',
    requestBody: { ...Object.fromEntries(attributes), data: value },
  };
}

function jsonOrNothing(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

export interface Description {
  /** What is not as it is described, as sentences. */
  faults(exchange: Exchange): string[];
  /** Checks every example in the document against the schema that it stands in. */
  exampleFaults(): string[];
}

// biome-ignore lint/suspicious/noExplicitAny: a document is looked into by name
type Part = any;

/** Headers that a client acts on: where they are sent they are described. */
const DESCRIBED_HEADERS = ['retry-after', 'location'];

let committed: Description | null = null;

/** That of `openapi.yaml`, which is what a service of this tree serves: its own tests hold the two together. */
export function committedDescription(): Description {
  committed ??= readDescription(committedDocument());
  return committed;
}

const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url));
const KEPT = join(CACHE, 'openapi.json');

/** Kept as JSON for the next test file: the reader of YAML takes a third of a second for it, JSON some milliseconds. */
function committedDocument(): Part {
  const yaml = readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8');
  const hash = createHash('sha256').update(yaml).digest('hex');
  const kept = existsSync(KEPT) ? JSON.parse(readFileSync(KEPT, 'utf8')) : null;
  if (kept?.hash === hash) return kept.document;
  const document: Part = parse(yaml);
  mkdirSync(CACHE, { recursive: true });
  // Other workers may read it, or write it too.
  const own = `${KEPT}.${process.pid}`;
  writeFileSync(own, JSON.stringify({ hash, document }));
  renameSync(own, KEPT);
  return document;
}

/** Validators are compiled when first needed, once per document. */
export function readDescription(document: Part): Description {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, validateFormats: true });
  formats.default(ajv);
  ajv.addSchema({ ...document, $id: 'janela' });
  const validators = new Map<string, ValidateFunction>();
  const patterns = Object.keys(document.paths).map((path) => ({
    path,
    pattern: new RegExp(`^${path.replaceAll(/[.]/g, '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }));

  function schemaFaults(pointer: readonly string[], value: unknown): string[] {
    const reference = `janela#/${pointer.map(escapePointer).join('/')}`;
    const validate = validators.get(reference) ?? ajv.compile({ $ref: reference });
    validators.set(reference, validate);
    if (validate(value)) return [];
    return [ajv.errorsText(validate.errors, { dataVar: '' })];
  }

  function described(path: string): string | undefined {
    const name = path.replaceAll(/:(\w+)/g, '{$1}');
    // Fixed paths come before those with parameters.
    return Object.hasOwn(document.paths, name)
      ? name
      : patterns.find(({ pattern }) => pattern.test(name))?.path;
  }

  function answerFaults(exchange: Exchange, pointer: readonly string[], responses: Part): string[] {
    const { status, headers, body, method } = exchange;
    const response = responses[status];
    if (response === undefined) return [`status ${status} is not described: ${body?.slice(0, 300)}`];
    const sent = DESCRIBED_HEADERS.filter((name) => headers[name] !== undefined);
    const names = new Set(Object.keys(response.headers ?? {}).map((name) => name.toLowerCase()));
    const faults = sent.filter((name) => !names.has(name)).map((name) => `${name} is not described`);
    if (method === 'HEAD') return faults;
    const type = mediaType(headers['content-type']);
    if (response.content === undefined)
      return body ? [...faults, 'a body is sent and none described'] : faults;
    if (type === undefined || response.content[type] === undefined)
      return [...faults, `content type ${type} is not described`];
    if (body === undefined) return faults;
    const value = /[/+]json$/.test(type) ? JSON.parse(body) : body;
    const place = [...pointer, 'responses', String(status), 'content', type, 'schema'];
    return [
      ...faults,
      ...schemaFaults(place, value).map((fault) => `answer${fault} in ${body.slice(0, 600)}`),
    ];
  }

  function requestFaults(exchange: Exchange, pointer: readonly string[], { requestBody }: Part): string[] {
    const { status, requestType, requestBody: sent } = exchange;
    if (status >= 300 || status < 200) return [];
    const accepted = acceptedPart(sent, exchange.body);
    if (requestBody === undefined)
      return accepted === undefined ? [] : ['a body was taken and none described'];
    if (accepted === undefined) return requestBody.required ? ['a body is required and none was sent'] : [];
    const type = mediaType(requestType) ?? 'none';
    if (requestBody.content[type] === undefined) return [`request type ${type} is not described`];
    const place = [...pointer, 'requestBody', 'content', type, 'schema'];
    return schemaFaults(place, accepted).map(
      (fault) => `accepted request${fault} in ${JSON.stringify(accepted).slice(0, 600)}`,
    );
  }

  return {
    faults(exchange) {
      const path = described(exchange.path);
      const method = exchange.method === 'HEAD' ? 'get' : exchange.method.toLowerCase();
      const operation = path === undefined ? undefined : document.paths[path][method];
      if (path === undefined || operation === undefined) return elsewhereFaults(exchange, schemaFaults);
      const pointer = ['paths', path, method];
      return [
        ...requestFaults(exchange, pointer, operation),
        ...answerFaults(exchange, pointer, operation.responses),
      ].map((fault) => `${exchange.method} ${path} (${exchange.status}): ${fault}`);
    },
    exampleFaults() {
      const faults: string[] = [];
      visit(document, [], (part, place) => {
        const isMedia = Object.hasOwn(part, 'schema');
        const pointer = isMedia ? [...place, 'schema'] : place;
        for (const example of examplesIn(part, isMedia))
          faults.push(...schemaFaults(pointer, example).map((fault) => `${place.join('/')}: ${fault}`));
      });
      return faults;
    },
  };
}

/** What is at no described address is a problem document, or the answer to OPTIONS. */
function elsewhereFaults(
  { method, path, status, headers, body }: Exchange,
  schemaFaults: (pointer: readonly string[], value: unknown) => string[],
): string[] {
  if (path.startsWith('/docs') || (method === 'OPTIONS' && status === 204)) return [];
  const type = mediaType(headers['content-type']);
  if (type !== 'application/problem+json') return [`${method} ${path} answered ${status} with ${type}`];
  return body ? schemaFaults(['components', 'schemas', 'Problem'], JSON.parse(body)) : [];
}

/** Of an array of events those that were not rejected: the request is legal as far as it was accepted. */
function acceptedPart(sent: unknown, answer: string | undefined): unknown {
  if (!Array.isArray(sent) || answer === undefined || !answer.startsWith('{')) return sent;
  const { results = [] } = JSON.parse(answer) as { results?: { index: number; status: string }[] };
  const rejected = new Set(results.filter(({ status }) => status === 'rejected').map(({ index }) => index));
  return sent.filter((_, i) => !rejected.has(i));
}

function mediaType(header: unknown): string | undefined {
  return header === undefined || header === null
    ? undefined
    : String(header).split(';', 1)[0]?.trim().toLowerCase();
}

function escapePointer(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function examplesIn(part: Part, isMedia: boolean): unknown[] {
  const { example, examples } = part;
  const several = Array.isArray(examples)
    ? examples
    : isMedia
      ? Object.values<Part>(examples ?? {}).map(({ value }) => value)
      : [];
  return [...(example === undefined ? [] : [example]), ...several];
}

/** Schemas and media types of the document; a member of `properties` that is called `example` is neither. */
function visit(part: Part, place: readonly string[], look: (part: Part, place: readonly string[]) => void) {
  if (typeof part !== 'object' || part === null) return;
  const parent = place.at(-1);
  if (!Array.isArray(part) && parent !== 'properties') look(part, place);
  for (const [name, member] of Object.entries(part)) {
    if (parent !== 'properties' && (name === 'example' || name === 'examples')) continue;
    visit(member, [...place, name], look);
  }
}
