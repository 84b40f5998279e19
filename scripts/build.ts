/** Builds the package: JavaScript with types and source maps, which runs where Node strips no types. `npm run build` */

import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ASSETS = 'src/http/page/assets';
const out = resolve(process.argv[2] ?? join(ROOT, 'dist'));

rmSync(out, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', out],
  {
    cwd: ROOT,
    stdio: 'inherit',
  },
);
// Browsers get these as they are.
cpSync(join(ROOT, ASSETS), join(out, ASSETS), {
  recursive: true,
  filter: (source) => !/(\.test\.ts|tsconfig\.json)$/.test(source),
});
cpSync(join(ROOT, 'README.md'), join(out, 'README.md'));
writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);

/** What the package says of itself: nothing about how it is made. It stays private, so that nobody publishes it by mistake. */
function manifest() {
  const { version, description, license, type, engines, bin, dependencies, allowScripts } = JSON.parse(
    readFileSync(join(ROOT, 'package.json'), 'utf8'),
  );
  return {
    ...{ name: '@janela/server', version, description, license, private: true, type, engines, bin },
    ...{ files: ['src', 'migrations', 'README.md'], dependencies, allowScripts },
  };
}
