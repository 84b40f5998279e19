/**
 * For `node --import`: every SIGUSR2 sets the wall clock of this process back by SET_BACK_MS, every SIGWINCH ahead by
 * SET_AHEAD_MS. `performance.now()`, timers and everybody else's clocks go on.
 */
const backMs = Number(process.env.SET_BACK_MS);
const aheadMs = Number(process.env.SET_AHEAD_MS);
const realNow = Date.now;
let offset = 0;
const now = () => realNow() + offset;

globalThis.Date = new Proxy(Date, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
});
Date.now = now;
process.on('SIGUSR2', () => {
  offset -= backMs;
});
process.on('SIGWINCH', () => {
  offset += aheadMs;
});
