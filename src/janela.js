#!/usr/bin/env node
// JavaScript that an old Node reads, too, and imports that wait: what is in them would be a bare SyntaxError there.
const NEEDED = 26;
if (Number.parseInt(process.versions.node, 10) < NEEDED) {
  process.stderr.write(
    `janela needs Node ${NEEDED} or later, and this is Node ${process.versions.node}: in a clone use npm start or npx janela, which take the one that npm ci puts into node_modules.\n`,
  );
  process.exit(1);
}
const { cacheCompiled } = await import('./compile-cache.js');
// A start from the cache of compiled sources needs no compiler.
cacheCompiled();
await import('./main.ts');
