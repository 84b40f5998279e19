import type { ClientBase } from 'pg';
import type { EventClass } from '../../domain/event.ts';
import { copyOutLines } from '../../store/copy-out.ts';
import type { StoredEvent } from './events.ts';

/** Rows of a query in the order of their first field, read group by group. */
export interface GroupReader<Row> {
  /** First field of the group that `take` gives next; null at the end. */
  peek(): Promise<string | null>;
  /** All rows that share that first field. */
  take(): Promise<Row[]>;
  /** To be called where not all was read, too. The connection can then only be closed. */
  end(): Promise<void>;
}

/**
 * Reads a query as COPY text, which costs a third of reading it as result rows. Rows must come sorted by their first
 * field. Holds one chunk and one group in memory.
 */
export function readGroups<Row>(
  client: ClientBase,
  query: string,
  toRow: (fields: string[]) => Row,
): GroupReader<Row> {
  const chunks = copyOutLines(client, `COPY (${query}) TO STDOUT`);
  let lines: string[] = [];
  let at = 0;
  let ended = false;

  async function fill(): Promise<string | undefined> {
    while (at >= lines.length && !ended) {
      const chunk = await chunks.next();
      if (chunk.done) ended = true;
      else {
        lines = chunk.value;
        at = 0;
      }
    }
    return lines[at];
  }

  return {
    async peek() {
      const line = await fill();
      return line === undefined ? null : groupOf(line);
    },
    async take() {
      const rows: Row[] = [];
      let line = await fill();
      const group = line === undefined ? '' : groupOf(line);
      while (line !== undefined && groupOf(line) === group) {
        rows.push(toRow(line.split('\t')));
        line = lines[++at] ?? (await fill());
      }
      return rows;
    },
    async end() {
      await chunks.return();
    },
  };
}

/** So many rows at least make a portion. */
const PORTION = 2_000;

/** Groups put together until they have some thousand rows: what is asked for once for all of them costs little of each. */
export async function* inPortions<Group>(
  groups: AsyncIterable<Group>,
  rowsOf: (group: Group) => number,
): AsyncGenerator<Group[], void> {
  let portion: Group[] = [];
  let rows = 0;
  for await (const group of groups) {
    portion.push(group);
    rows += rowsOf(group);
    if (rows < PORTION) continue;
    yield portion;
    portion = [];
    rows = 0;
  }
  if (portion.length > 0) yield portion;
}

function groupOf(line: string): string {
  const end = line.indexOf('\t');
  return end === -1 ? line : line.slice(0, end);
}

const ESCAPES: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** A field of COPY text. */
export function textField(field: string | undefined): string | null {
  if (field === undefined || field === '\\N') return null;
  if (!field.includes('\\')) return field;
  return field.replaceAll(/\\(.)/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}

/** An event from conversation, key, ref, class, at, partition, offset, id, detail, content and whether it is voided. */
export function toStoredEvent(fields: string[]): StoredEvent {
  const [conversation = '', key = '', ref, eventClass, at, partition, offset, id, detail, content, voided] =
    fields;
  return {
    conversation,
    key,
    ref: textField(ref),
    class: Number(eventClass) as EventClass,
    at: Number(at),
    id: textField(id) ?? '',
    partition: Number(partition),
    offset: Number(offset),
    detail: textField(detail),
    content: textField(content),
    voided: voided === 't',
  };
}
