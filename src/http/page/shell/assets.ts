/** The files that pages load: style, script and picture, read once, under names that change with what is in them. */

import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { App } from '../../deps.ts';

const FILES = {
  style: { name: 'page.css', type: 'text/css; charset=utf-8' },
  script: { name: 'page.js', type: 'text/javascript; charset=utf-8' },
  icon: { name: 'icon.svg', type: 'image/svg+xml' },
} as const;

const loaded = Object.values(FILES).map(({ name, type }) => {
  const content = readFileSync(new URL(`../assets/${name}`, import.meta.url));
  return { name, type, content, address: `/assets/${hash('sha256', content, 'hex').slice(0, 12)}/${name}` };
});

/** Address of a file; it may be kept for ever. */
export function assetAddress(kind: keyof typeof FILES): string {
  const found = loaded.find(({ name }) => name === FILES[kind].name);
  if (found === undefined) throw new Error(`no file ${kind}`);
  return found.address;
}

export function assetRoutes(app: App): void {
  for (const { address, type, content } of loaded)
    app.get(address, { schema: { hide: true } }, async (_request, reply) =>
      reply.type(type).header('cache-control', 'public, max-age=31536000, immutable').send(content),
    );
}
