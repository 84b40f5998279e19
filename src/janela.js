#!/usr/bin/env node
import { cacheCompiled } from './compile-cache.js';

// JavaScript, so that a start from the cache of compiled sources needs no compiler (`compile-cache.js`).
cacheCompiled();
await import('./main.ts');
