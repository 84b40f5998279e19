/** Lists and reports as CSV: when a client asks for it, and how rows are streamed. */

import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

type CsvValue = string | number | boolean | null;

/** A column of a table; the names and their order are part of the API. */
export interface CsvColumn<Row> {
  name: string;
  value(row: Row): CsvValue;
  /** The value is text that senders chose, so it may look like a formula; numbers and instants cannot. */
  text?: true;
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

/** Whether the client asks for CSV: `Accept` names it, and not JSON with the same weight. */
export function wantsCsv(request: FastifyRequest): boolean {
  const weights = new Map<string, number>();
  for (const part of (request.headers.accept ?? '').split(',')) {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    weights.set(type, q === undefined ? 1 : Number(q) || 0);
  }
  return (weights.get('text/csv') ?? 0) > (weights.get('application/json') ?? 0);
}

/**
 * Streams rows as CSV, batch by batch, at the pace of the reader. The first batch is made before the answer begins, so
 * that what fails early is a problem document; a later failure cuts the connection, never the table short unnoticed.
 */
export async function sendCsv<Row>(
  reply: FastifyReply,
  name: string,
  columns: readonly CsvColumn<Row>[],
  batches: AsyncIterable<readonly Row[]> | readonly (readonly Row[])[],
): Promise<FastifyReply> {
  const lines = linesOf(columns, batches);
  const first = await lines.next();
  const stream = Readable.from(startingWith(first, lines), { objectMode: false, highWaterMark: 65_536 });
  // A generator that was never started runs no `finally` when its stream is destroyed.
  stream.once('close', () => {
    lines
      .return(undefined)
      .catch((error: unknown) => reply.log.warn({ err: error }, 'a stream did not end well'));
  });
  return reply
    .header('content-type', 'text/csv; charset=utf-8; header=present')
    .header('content-disposition', `attachment; filename="${name}.csv"`)
    .header('vary', 'accept')
    .send(stream);
}

async function* linesOf<Row>(
  columns: readonly CsvColumn<Row>[],
  batches: AsyncIterable<readonly Row[]> | readonly (readonly Row[])[],
): AsyncGenerator<string> {
  let header = toCsv([columns.map((column) => column.name)]);
  for await (const batch of batches) {
    yield header + toCsv(batch.map((row) => cells(columns, row)));
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

function cells<Row>(columns: readonly CsvColumn<Row>[], row: Row): CsvValue[] {
  return columns.map(({ value, text }) => {
    const cell = value(row);
    return text && typeof cell === 'string' ? withoutFormula(cell) : cell;
  });
}

/** What spreadsheets take for the start of a formula, full-width forms too. */
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

/** Puts an apostrophe before text that a spreadsheet would run: https://owasp.org/www-community/attacks/CSV_Injection */
export function withoutFormula(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

function toCsv(rows: readonly CsvValue[][]): string {
  return stringify([...rows], {
    record_delimiter: '\r\n',
    quoted_match: /[\r\n]/,
    cast: { boolean: (value) => String(value), number: (value) => String(value) },
  });
}
