/** Settings of a process whose clock `setClockBack` sets back by an hour. */
export const CLOCK = {
  NODE_OPTIONS: `--import=${new URL('../movable-clock.ts', import.meta.url).href}`,
  SET_BACK_MS: '3600000',
};

export function setClockBack(pid: number): void {
  process.kill(pid, 'SIGUSR2');
}
