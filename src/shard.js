import { cacheCompiled } from './compile-cache.js';

cacheCompiled();
await import('./shard-work.ts');
