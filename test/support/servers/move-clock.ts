/**
 * Settings of a process whose clock `setClockBack` sets back by an hour, and `setClockAhead` ahead by 7 minutes: by more
 * than clocks of several machines may differ, and soon over.
 */
export const CLOCK = {
  NODE_OPTIONS: `--import=${new URL('../movable-clock.ts', import.meta.url).href}`,
  SET_BACK_MS: '3600000',
  SET_AHEAD_MS: '420000',
};

export function setClockBack(pid: number): void {
  process.kill(pid, 'SIGUSR2');
}

export function setClockAhead(pid: number): void {
  process.kill(pid, 'SIGWINCH');
}
