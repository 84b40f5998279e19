import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { temporaryFolder } from '../../test/support/servers/temporary-folder.ts';
import { keepSecret, SecretFileRefused } from './secret-file.ts';

const SECRET = 'janela_0123456789abcdef';
let path: string;

beforeEach(() => {
  path = join(temporaryFolder('secret'), 'admin-key');
});

function write(content: string, mode: number): void {
  writeFileSync(path, content);
  chmodSync(path, mode);
}

test('a secret is made once, for its owner alone', () => {
  expect(keepSecret(path, () => SECRET)).toEqual({ secret: SECRET, created: true });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(keepSecret(path, () => 'another one, never made')).toEqual({ secret: SECRET, created: false });
});

test.each([0o644, 0o640, 0o604, 0o620])('a file that others may open is refused: %i', (mode) => {
  write(SECRET, mode);
  expect(() => keepSecret(path, () => SECRET)).toThrow(SecretFileRefused);
  expect(() => keepSecret(path, () => SECRET)).toThrow(/may be read by others: chmod 600 it/);
  chmodSync(path, 0o400);
  expect(keepSecret(path, () => SECRET).secret).toBe(SECRET);
});

test.each([
  ['nothing', ''],
  ['a line end', '\n'],
  ['too little', 'janela_1234\n'],
])('a file with %s is refused', (_, content) => {
  write(content, 0o600);
  expect(() => keepSecret(path, () => SECRET)).toThrow(/not a secret of at least 16/);
});
