import { cacheCompiled } from '../compile-cache.js';

cacheCompiled();
await import('./shard-main.ts');
