import './global-setup.ts';

/** Jest calls it once, after the last test, also when tests failed. */
export default async function teardown(): Promise<void> {
  await globalThis.releaseServers?.();
}
