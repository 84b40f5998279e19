import { expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { parse } from 'yaml';
import { renderOpenapi } from './openapi.ts';

test('the API description is valid OpenAPI, the same every time', async () => {
  const text = await renderOpenapi();
  expect(await renderOpenapi()).toBe(text);
  const result = await new Validator().validate(parse(text));
  expect(result).toMatchObject({ valid: true });
});

test('every operation behind a key says so, and names its refusals', async () => {
  const { paths } = parse(await renderOpenapi());
  for (const [path, operations] of Object.entries<Record<string, Operation>>(paths)) {
    for (const { security, responses } of Object.values(operations)) {
      expect(security).toEqual(path.startsWith('/v1/') ? [{ key: [] }] : undefined);
      if (path.startsWith('/v1/'))
        expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '403']));
    }
  }
});

interface Operation {
  security?: unknown;
  responses: Record<string, unknown>;
}
