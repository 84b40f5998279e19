/** `janela openapi`: prints the description of the HTTP API. */

import type { Command } from 'commander';
import { renderOpenapi } from '../http/openapi.ts';

export function registerOpenapi(program: Command): void {
  program
    .command('openapi')
    .description('Print the description of the HTTP API (openapi.yaml), made from the routes')
    .action(async () => {
      process.stdout.write(await renderOpenapi());
    });
}
