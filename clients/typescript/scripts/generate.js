/**
 * Writes what of the client follows from the API description: its types, and which request each operation is.
 * With --check it writes nothing and fails where the files are not what the description says.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTypes, { astToString } from 'openapi-typescript';
import { parse } from 'yaml';

const HEAD =
  '// Generated from openapi.yaml by `npm run generate -w clients/typescript`: change that, not this.\n\n';
const DESCRIPTION = new URL('../../../openapi.yaml', import.meta.url);
const TARGET = new URL('../src/generated/', import.meta.url);

/** @param {{ paths: Record<string, Record<string, { operationId?: string }>> }} description */
function operationsOf({ paths }) {
  const lines = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { operationId }]) => {
      if (operationId === undefined) throw new Error(`${method} ${path} has no operationId`);
      return `  ${operationId}: { method: '${method}', path: '${path}' },`;
    }),
  );
  return `/** Which request each operation is. */\nexport const OPERATIONS = {\n${lines.join('\n')}\n} as const;\n`;
}

const description = parse(readFileSync(DESCRIPTION, 'utf8'));
const files = {
  'description.ts': astToString(await openapiTypes(description, { emptyObjectsUnknown: true })),
  'operations.ts': operationsOf(description),
};

const isCheck = process.argv.includes('--check');
for (const [name, content] of Object.entries(files)) {
  const file = new URL(name, TARGET);
  const text = HEAD + content;
  if (!isCheck) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`${name} is not what openapi.yaml says: npm run generate -w clients/typescript\n`);
    process.exitCode = 1;
  }
}
