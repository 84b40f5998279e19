/** Reads a table in RFC 4180 form: a row per record, by column name. Text only; what is empty is ''. */
export function readCsv(text: string, delimiter: ',' | ';' = ','): Record<string, string>[] {
  if (!text.endsWith('\r\n')) throw new Error('the last record has no CRLF');
  const records: string[][] = [];
  const field =
    delimiter === ','
      ? /"((?:[^"]|"")*)"(,|\r\n)|([^",\r\n]*)(,|\r\n)/y
      : /"((?:[^"]|"")*)"(;|\r\n)|([^";\r\n]*)(;|\r\n)/y;
  let record: string[] = [];
  while (field.lastIndex < text.length) {
    const at = field.lastIndex;
    const match = field.exec(text);
    if (match === null) throw new Error(`not CSV at ${at}: ${text.slice(at, at + 40)}`);
    record.push(match[1] === undefined ? (match[3] ?? '') : match[1].replaceAll('""', '"'));
    if ((match[2] ?? match[4]) === '\r\n') {
      records.push(record);
      record = [];
    }
  }
  const [names = [], ...rows] = records;
  return rows.map((row) => {
    if (row.length !== names.length) throw new Error(`a record of ${row.length} fields, not ${names.length}`);
    return Object.fromEntries(names.map((name, i) => [name, row[i] ?? '']));
  });
}
