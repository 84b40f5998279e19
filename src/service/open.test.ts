import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { warnOfPlainPassword, whenReady } from './open.ts';

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

test.each([
  { mechanism: 'plain', ssl: false, warned: true },
  { mechanism: 'plain', ssl: true, warned: false },
  { mechanism: 'plain', ssl: { ca: 'PEM' }, warned: false },
  { mechanism: 'scram-sha-512', ssl: false, warned: false },
  { mechanism: null, ssl: false, warned: false },
] as const)('SASL $mechanism with TLS $ssl: whether the password can be read on the way is said', (given) => {
  const { mechanism, ssl, warned } = given;
  const lines: string[] = [];
  const sasl = mechanism === null ? null : { mechanism, username: 'janela', password: 'hunter2' };
  const kafka = {
    brokers: ['one:9092'],
    topic: 'events',
    replication: 1,
    ssl,
    sasl,
    inbox: null,
    notifications: null,
  };
  warnOfPlainPassword({ log: { kind: 'kafka', kafka } }, pino({}, { write: (line) => lines.push(line) }));
  expect(lines.map((line) => JSON.parse(line))).toMatchObject(
    warned
      ? [{ level: 40, msg: expect.stringMatching(/^KAFKA_SASL_MECHANISM is PLAIN and KAFKA_SSL is off: /) }]
      : [],
  );
  expect(lines.join()).not.toContain('hunter2');
});
