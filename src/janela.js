#!/usr/bin/env -S MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=16384 node --max-semi-space-size=4 --heap-growing-percent=70
// Under full load Node would let its heap grow to twice what is in use, and the process to 460 MB. These limits cost the
// projection some 3 us of garbage collection per event. What glibc's allocator keeps between buffers is less where they
// come from one arena, and all but small ones from the system and back to it: 40 MB. Other allocators ignore these two.
import { cacheCompiled } from './compile-cache.js';

// They are this process's alone: a PostgreSQL or a rebuild with them would give its memory back at every turn.
for (const name of ['MALLOC_ARENA_MAX', 'MALLOC_MMAP_THRESHOLD_']) delete process.env[name];
cacheCompiled();
await import('./main.ts');
