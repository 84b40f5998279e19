import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { whenReady } from './open.ts';

const logger = pino({ level: 'silent' });
const passes = (error: unknown) => error instanceof Error && error.message === 'not yet';

test('what is not there yet is waited for', async () => {
  let tries = 0;
  const open = async () => {
    tries += 1;
    if (tries < 2) throw new Error('not yet');
    return 'open';
  };
  const { signal } = new AbortController();
  expect(await whenReady('it', open, passes, { logger, signal })).toBe('open');
});

test('what waiting does not mend is rejected at once', async () => {
  const open = () => Promise.reject(new Error('wrong password'));
  const { signal } = new AbortController();
  await expect(whenReady('it', open, passes, { logger, signal })).rejects.toThrow('wrong password');
});

test('waiting ends when nobody wants it any more', async () => {
  const stop = new AbortController();
  const open = () => {
    stop.abort(new Error('stopped'));
    return Promise.reject(new Error('not yet'));
  };
  await expect(whenReady('it', open, passes, { logger, signal: stop.signal })).rejects.toThrow('stopped');
});
