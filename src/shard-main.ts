import { cacheCompiled } from './compile-cache.ts';

cacheCompiled();
await import('./shard-work.ts');
