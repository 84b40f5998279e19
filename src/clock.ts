/**
 * What time it is, in ms since 1970: for instants that are written down or compared with others. Somebody may set it
 * back at any moment, so durations and deadlines are measured with `performance.now()`, and nothing else in `src` asks
 * for the time of day.
 */
export function wallClock(): number {
  return Date.now();
}

/**
 * Tells when the wall clock was set back by more than `ms`, at most `ms` later; a clock that is only slewed to the
 * right time is left alone. Returns what ends the watching.
 */
export function onSetBack(ms: number, told: () => void): () => void {
  const ahead = () => wallClock() - performance.now();
  let before = ahead();
  const timer = setInterval(() => {
    const now = ahead();
    if (before - now > ms) told();
    before = now;
  }, ms);
  timer.unref();
  return () => clearInterval(timer);
}
