/** What happens between a company and one contact within a day or two. */

import type { EventType, Origin } from '../domain/event.ts';
import { between, chance, pick, pickWeighted, type Random, wait } from './random.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** An event of a session before it gets its party and its ids. `at` is in ms; `ref` is the index of another one. */
export interface Step {
  type: EventType;
  at: number;
  ref?: number;
  template?: { name: string; category: string; language: string };
  origin?: Origin;
  campaign?: string;
  error?: { code: string; title: string };
  reason?: string;
}

const FAILURES: readonly [Step['error'] & object, ...(Step['error'] & object)[]] = [
  { code: '131026', title: 'Message undeliverable' },
  { code: '131047', title: 'Re-engagement message' },
  { code: '130472', title: "User's number is part of an experiment" },
];
const NOTICES: readonly [string, ...string[]] = [
  'order_update',
  'appointment_reminder',
  'invoice_ready',
  'delivery_notice',
];

type Script = (session: Session) => void;
const SCRIPTS: readonly (readonly [weight: number, templates: boolean, script: Script])[] = [
  [55, false, serve],
  [25, true, runCampaign],
  [12, true, notify],
  [5, true, reengage],
  [3, false, writeTooLate],
];

interface Session {
  random: Random;
  steps: Step[];
  /** Instant (ms) of what happens next. */
  now: number;
  /** The campaign of the week. */
  campaign: string;
}

/** What happens in one session, in no particular order of the steps' instants. */
export function session(random: Random, startsAt: number, hasTemplates: boolean, campaign: string): Step[] {
  const run: Session = { random, steps: [], now: startsAt, campaign };
  const scripts = SCRIPTS.filter(([, templates]) => hasTemplates || !templates);
  const [, , script] =
    scripts[
      pickWeighted(
        random,
        scripts.map(([weight]) => weight),
      )
    ] ??
    SCRIPTS[0] ??
    [];
  script?.(run);
  voidSome(run);
  return run.steps;
}

function serve(run: Session): void {
  dialogue(run);
  if (chance(run.random, 0.12)) {
    pass(
      run,
      chance(run.random, 0.3) ? 24 * HOUR - run.random() * MINUTE : between(run.random, 16, 30) * HOUR,
    );
    dialogue(run);
  }
}

function runCampaign(run: Session): void {
  const category = chance(run.random, 0.85) ? 'marketing' : 'utility';
  const template = { name: run.campaign.replaceAll('-', '_'), category, language: 'pt_BR' };
  const reached = send(run, { origin: 'campaign', campaign: run.campaign, template });
  if (reached && chance(run.random, 0.2)) {
    pass(run, wait(run.random, 2 * HOUR));
    dialogue(run);
  }
}

function notify(run: Session): void {
  const template = { name: pick(run.random, NOTICES), category: 'utility', language: 'pt_BR' };
  const reached = send(run, { origin: 'api', template });
  if (reached && chance(run.random, 0.1)) {
    pass(run, wait(run.random, HOUR));
    dialogue(run);
  }
}

/** An agent who comes back to an old conversation must start with a template. */
function reengage(run: Session): void {
  send(run, { origin: 'manual', template: { name: 'come_back', category: 'utility', language: 'pt_BR' } });
  if (chance(run.random, 0.5)) {
    pass(run, wait(run.random, 3 * HOUR));
    dialogue(run);
  }
}

/** Free text that an agent sends although no window is open. */
function writeTooLate(run: Session): void {
  send(run, { origin: 'manual' });
}

function dialogue(run: Session): void {
  const { random } = run;
  receive(run);
  pass(run, wait(random, 5 * SECOND));
  if (chance(random, 0.6)) send(run, { origin: 'bot' });
  const turns = between(random, 1, 5);
  if (chance(random, 0.4)) activity(run, 'activity.transfer');
  for (let turn = 0; turn < turns; turn++) {
    pass(run, wait(random, 3 * MINUTE));
    send(run, { origin: chance(random, 0.8) ? 'manual' : 'bot' });
    pass(run, wait(random, 4 * MINUTE));
    if (chance(random, 0.8)) receive(run);
  }
  if (chance(random, 0.1))
    activity(run, pick(random, ['activity.reaction', 'activity.echo', 'activity.system']));
  if (chance(random, 0.7)) activity(run, 'activity.close');
}

/** Providers give the instants of contacts' messages in whole seconds. */
function receive(run: Session): void {
  run.steps.push({ type: 'message.received', at: Math.floor(run.now / SECOND) * SECOND });
}

function activity(run: Session, type: EventType): void {
  pass(run, wait(run.random, MINUTE));
  run.steps.push({ type, at: run.now });
}

/** A sent message with its receipts; false where it failed. */
function send(run: Session, what: Pick<Step, 'origin' | 'template' | 'campaign'>): boolean {
  const { random, steps } = run;
  const ref = steps.push({ type: 'message.sent', at: run.now, ...what }) - 1;
  const failed = chance(random, what.template === undefined ? 0.005 : 0.05);
  const after = (mean: number) => Math.floor((run.now + wait(random, mean)) / SECOND + 1) * SECOND;
  if (failed)
    steps.push({ type: 'message.failed', at: after(2 * SECOND), ref, error: pick(random, FAILURES) });
  const oneDeviceAnswered = failed && chance(random, 0.1);
  if (failed && !oneDeviceAnswered) return false;
  if (chance(random, 0.5)) steps.push({ type: 'message.delivered', at: after(3 * SECOND), ref });
  if (chance(random, 0.3)) steps.push({ type: 'message.read', at: after(10 * MINUTE), ref });
  return true;
}

/** Somebody takes back a message, and sometimes a failure that was reported in error. */
function voidSome(run: Session): void {
  for (const [ref, step] of run.steps.entries()) {
    const probability = step.type === 'message.failed' ? 0.05 : step.type === 'message.sent' ? 0.003 : 0.001;
    if (!chance(run.random, probability)) continue;
    const reason = step.type === 'message.failed' ? 'reported in error' : 'test message';
    run.steps.push({ type: 'event.voided', at: step.at + wait(run.random, 6 * HOUR), ref, reason });
  }
}

function pass(run: Session, ms: number): void {
  run.now += ms;
}
