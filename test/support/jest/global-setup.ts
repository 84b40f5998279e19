import { keepServers } from './jest-setup.ts';

declare global {
  var releaseServers: (() => Promise<void>) | undefined;
}

/** Jest calls it once, before all workers start. */
export default async function setup(): Promise<void> {
  globalThis.releaseServers = await keepServers();
}
