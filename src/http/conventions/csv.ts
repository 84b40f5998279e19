/** Lists and reports as CSV: when a client asks for it, and how rows are streamed. */

import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AppDeps } from '../deps.ts';
import { languageOf } from './language.ts';

type CsvValue = string | number | boolean | null;

/** A column of a table; the names and their order are part of the API. */
export interface CsvColumn<Row> {
  name: string;
  value(row: Row): CsvValue;
  /** The value is text that senders chose, so it may look like a formula; numbers and instants cannot. */
  text?: true;
  /** The value is a decimal with a point; in Portuguese it gets a comma. */
  decimal?: true;
}

/** Query parameters of every route that answers with a table too. */
export const tableQuery = {
  format: z.enum(['json', 'csv']).optional().meta({
    description: 'What to answer with, so that a link can ask for it; default: what `Accept` asks for',
  }),
  csv: z.enum(['rfc4180', 'excel']).optional().meta({
    description:
      'The form of a CSV, and the wish for one. `rfc4180` (default): UTF-8, comma, decimal point. `excel`: with a byte order mark and, in Portuguese, semicolons and decimal commas. The language is that of `Accept-Language`, else of the tenant, and Portuguese where the table is about more than one',
  }),
};

interface TableQuery {
  format?: 'json' | 'csv' | undefined;
  csv?: 'rfc4180' | 'excel' | undefined;
}

/** How a table is written. */
interface Dialect {
  byteOrderMark: boolean;
  delimiter: ',' | ';';
  decimalComma: boolean;
}

const RFC_4180: Dialect = { byteOrderMark: false, delimiter: ',', decimalComma: false };

async function dialectOf(
  request: FastifyRequest,
  deps: Pick<AppDeps, 'db'>,
  tenant: string | null,
): Promise<Dialect> {
  if ((request.query as TableQuery).csv !== 'excel') return RFC_4180;
  const isPortuguese = (await languageOf(request, deps, tenant)) === 'pt-BR';
  return { byteOrderMark: true, delimiter: isPortuguese ? ';' : ',', decimalComma: isPortuguese };
}

/** Both forms of a list or report in the API description. */
export function jsonOrCsv<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  columns: readonly { name: string }[],
) {
  const names = columns.map(({ name }) => `\`${name}\``).join(', ');
  return {
    description: `${description}. As CSV (RFC 4180, UTF-8, null is empty) with the columns ${names}; text that a spreadsheet would take for a formula is preceded by an apostrophe.`,
    content: {
      'application/json': { schema },
      'text/csv': { schema: z.string() },
    },
  };
}

/** Whether the client asks for CSV: by the query, else `Accept` names it, and not JSON with the same weight. */
export function wantsCsv(request: FastifyRequest): boolean {
  const { format, csv } = request.query as TableQuery;
  if (format !== undefined) return format === 'csv';
  if (csv !== undefined) return true;
  const weights = new Map<string, number>();
  for (const part of (request.headers.accept ?? '').split(',')) {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    weights.set(type, q === undefined ? 1 : Number(q) || 0);
  }
  return (weights.get('text/csv') ?? 0) > (weights.get('application/json') ?? 0);
}

/**
 * Streams rows as CSV, batch by batch, at the pace of the reader; one who takes nothing is cut off
 * (server/connections.ts). The first batch is made before the answer begins, so that what fails early is a problem
 * document; a later failure cuts the connection, never the table short unnoticed. HEAD makes no row.
 */
export async function sendCsv<Row>(
  deps: Pick<AppDeps, 'db'>,
  request: FastifyRequest,
  reply: FastifyReply,
  table: Table<Row>,
): Promise<FastifyReply> {
  const body = request.method === 'HEAD' ? Readable.from([]) : await streamOf(deps, request, reply, table);
  return reply
    .header('content-type', 'text/csv; charset=utf-8; header=present')
    .header('content-disposition', `attachment; filename="${table.name}.csv"`)
    .header('vary', 'accept, accept-language')
    .send(body);
}

async function streamOf<Row>(
  deps: Pick<AppDeps, 'db'>,
  request: FastifyRequest,
  reply: FastifyReply,
  { tenant, columns, batches }: Table<Row>,
): Promise<Readable> {
  const lines = linesOf(columns, batches, await dialectOf(request, deps, tenant));
  const first = await lines.next();
  const stream = Readable.from(startingWith(first, lines), { objectMode: false, highWaterMark: 65_536 });
  // A generator that was never started runs no `finally` when its stream is destroyed.
  return stream.once('close', () => {
    lines
      .return(undefined)
      .catch((error: unknown) => reply.log.warn({ err: error }, 'a stream did not end well'));
  });
}

interface Table<Row> {
  /** Of the file, without `.csv`. */
  name: string;
  /** Whose table it is; null: of more than one. */
  tenant: string | null;
  columns: readonly CsvColumn<Row>[];
  batches: AsyncIterable<readonly Row[]> | readonly (readonly Row[])[];
}

async function* linesOf<Row>(
  columns: readonly CsvColumn<Row>[],
  batches: Table<Row>['batches'],
  dialect: Dialect,
): AsyncGenerator<string> {
  let header =
    (dialect.byteOrderMark ? '\ufeff' : '') + toCsv([columns.map((column) => column.name)], dialect);
  for await (const batch of batches) {
    yield header +
      toCsv(
        batch.map((row) => cells(columns, row, dialect)),
        dialect,
      );
    header = '';
  }
  if (header !== '') yield header;
}

async function* startingWith(
  first: IteratorResult<string>,
  rest: AsyncGenerator<string>,
): AsyncGenerator<string> {
  if (first.done !== true) yield first.value;
  yield* rest;
}

function cells<Row>(columns: readonly CsvColumn<Row>[], row: Row, { decimalComma }: Dialect): CsvValue[] {
  return columns.map(({ value, text, decimal }) => {
    const cell = value(row);
    if (typeof cell !== 'string') return cell;
    if (decimal && decimalComma) return cell.replace('.', ',');
    return text ? withoutFormula(cell) : cell;
  });
}

/**
 * Where a spreadsheet would see the start of a formula, full-width forms too: at the start of a cell, and behind what a
 * spreadsheet of another language takes for the end of one.
 */
const FORMULA = /(^|[;,\t]"*)(?=[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])/g;

/** Puts an apostrophe before text that a spreadsheet would run: https://owasp.org/www-community/attacks/CSV_Injection */
export function withoutFormula(text: string): string {
  return text.replaceAll(FORMULA, "$1'");
}

/** JSON for a cell: what would look like a formula is written as an escape, so that it reads back as it was. */
export function jsonCell(json: string): string {
  return json.replaceAll(/"(?:[^"\\]|\\.)*"/g, (string) =>
    string.replaceAll(JSON_FORMULA, (_, before: string, sign: string) => before + escaped(sign)),
  );
}

/** Inside a string of JSON: at its start, and behind what may end a cell, with the quotes that stand there. */
const JSON_FORMULA = /(^"|[;,](?:\\")*)([=+\-@\uff1d\uff0b\uff0d\uff20])/g;

function escaped(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function toCsv(rows: readonly CsvValue[][], { delimiter }: Dialect): string {
  return stringify([...rows], {
    delimiter,
    record_delimiter: '\r\n',
    quoted_match: /[\r\n]/,
    cast: { boolean: (value) => String(value), number: (value) => String(value) },
  });
}
