#!/usr/bin/env node
import { run } from './cli/program.ts';

const code = await run(process.argv.slice(2));
// process.exit cuts off what a pipe has not taken yet.
const streams = [process.stdout, process.stderr];
await Promise.all(streams.map((stream) => new Promise((resolve) => stream.write('', resolve))));
process.exit(code);
