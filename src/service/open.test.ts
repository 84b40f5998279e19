import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { LogBroken, LogUnavailable } from '../log/log.ts';
import { warnOfPlainPassword, whenReady } from './open.ts';

const logger = pino({ level: 'silent' });
const failed = (code: string, message: string) => Object.assign(new Error(message), { code });

test.each([
  ['a server that is not there', failed('ECONNREFUSED', 'connect ECONNREFUSED')],
  ['a name that is not known yet', failed('EAI_AGAIN', 'getaddrinfo EAI_AGAIN database')],
  ['a connection that broke', new Error('Connection terminated unexpectedly')],
  ['a server that does not answer', new Error('Query read timeout')],
  ['a server that starts', failed('57P03', 'the database system is starting up')],
  ['a pooler without a server', failed('08P01', 'server login has been failing, try again later')],
  ['a log that is not there', new LogUnavailable('Kafka did not answer')],
])('%s is waited for, with a line that says so', async (_, error) => {
  const lines: string[] = [];
  let tries = 0;
  const step = async () => {
    tries += 1;
    if (tries < 2) throw error;
    return 'open';
  };
  const { signal } = new AbortController();
  const telling = pino({}, { write: (line) => lines.push(line) });
  expect(await whenReady(step, { logger: telling, signal })).toBe('open');
  expect(lines).toEqual([expect.stringMatching(/Waiting for (PostgreSQL|the event log): /)]);
});

test.each([
  ['a wrong password', failed('28P01', 'password authentication failed')],
  ['a pooler that does not know the user', failed('08P01', 'no such user: janela')],
  ['a right that is missing', failed('42501', 'permission denied')],
  ['a log that is another one', new LogBroken('Partition 0 of the log ends at 0')],
  ['a fault of our own', new TypeError('undefined is not a function')],
])('%s, which waiting does not mend, is rejected at once', async (_, error) => {
  const { signal } = new AbortController();
  await expect(whenReady(() => Promise.reject(error), { logger, signal })).rejects.toBe(error);
});

test('waiting ends when nobody wants it any more', async () => {
  const stop = new AbortController();
  const step = () => {
    stop.abort(new Error('stopped'));
    return Promise.reject(new LogUnavailable('not yet'));
  };
  await expect(whenReady(step, { logger, signal: stop.signal })).rejects.toThrow('stopped');
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
