import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../.cache/code', import.meta.url));

/**
 * Keeps compiled sources for the next start, which takes half as long then (0.25 s instead of 0.48). To be called
 * before the sources are imported; where the folder cannot be written nothing is kept. Whoever calls it is JavaScript:
 * what is TypeScript and not in the cache yet makes Node load a compiler, which stays in memory with 15 MB.
 */
export function cacheCompiled() {
  enableCompileCache(FOLDER);
}
