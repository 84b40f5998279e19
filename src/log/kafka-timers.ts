import { createRequire } from 'node:module';

interface RequestQueue {
  pending: unknown[];
  scheduleCheckPendingRequests(): void;
}

/**
 * After the first response kafkajs 2.2.4 sets a timer with a negative delay again and again: a warning on Node 24+,
 * and a wake-up per millisecond and connection (3 % of a core while idle). This lets it set the timer only where
 * requests wait. Remove with a kafkajs that has https://github.com/tulios/kafkajs/issues/1751 fixed.
 */
export function calmTimers(): void {
  const queue: { prototype: RequestQueue } = createRequire(import.meta.url)(
    'kafkajs/src/network/requestQueue',
  );
  const schedule = queue.prototype.scheduleCheckPendingRequests;
  if (schedule.name === calm.name) return;
  function calm(this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  }
  queue.prototype.scheduleCheckPendingRequests = calm;
}
