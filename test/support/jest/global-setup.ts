import { keepPostgres } from './jest-setup.ts';

declare global {
  var releasePostgres: (() => Promise<void>) | undefined;
}

/** Jest calls it once, before all workers start. */
export default async function setup(): Promise<void> {
  globalThis.releasePostgres = await keepPostgres();
}
