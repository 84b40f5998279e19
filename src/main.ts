#!/usr/bin/env -S MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=131072 node --max-semi-space-size=8 --heap-growing-percent=40
// Under full load Node would let its heap grow to twice what is in use, and the process to 460 MB. This costs the
// projection some 3 us of garbage collection per event. What glibc's allocator keeps between buffers is less where they
// come from one arena, and large ones from the system and back to it: 20 MB. Other allocators ignore these two settings.
import { cacheCompiled } from './compile-cache.ts';

cacheCompiled();
const { run } = await import('./cli/program.ts');

const streams = [process.stdout, process.stderr];
// Whoever reads may have seen enough (`janela --help | head -3`): what is being done is still done, and nobody told.
for (const stream of streams) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
const code = await run(process.argv.slice(2));
// process.exit cuts off what a pipe has not taken yet.
await Promise.all(streams.map((stream) => new Promise((resolve) => stream.write('', resolve))));
process.exit(code);
