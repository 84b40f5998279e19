import { run } from './cli/program.ts';

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
