/** The texts about events and the people behind them, in English. */

import type { EventTexts, PrivacyTexts } from './pt-events.ts';

export const enEvents: EventTexts = {
  title: 'Events',
  intro: 'Was my event counted? Search by contact or identifier, or see what did not find its message.',
  state: 'State',
  states: {
    effective: 'effective',
    failed: 'failed',
    voided: 'voided',
    conflict: 'in conflict',
    unmatched: 'unmatched',
  },
  means: {
    effective: 'counts as it was sent',
    failed: 'the delivery failed: it does not count',
    voided: 'it was voided: it does not count',
    conflict: 'the same identifier came with other content; the first one stands',
    unmatched: 'a receipt or a void that does not find its message',
  },
  happened: 'Happened',
  arrived: (when) => `arrived ${when}`,
  what: 'What',
  id: 'Identifier',
  none: 'No events with these filters',
  noneHint: 'Take a filter away, or check the identifier.',
  goOn: 'None on this page: there is more on the next.',
};

export const enPrivacy: PrivacyTexts = {
  title: 'Data of this person',
  hint: 'What whoever asks is entitled to (LGPD, art. 18): a copy of everything, or that it is erased.',
  download: 'Download all (JSON)',
  erase: 'Erase the person',
  list: 'Erased people',
  question: (contact) => `Erase ${contact}?`,
  what: (n, shown) =>
    `The key that seals everything about this person is destroyed: the contact and the identifiers of ${n === 1 ? '1 conversation' : `${shown} conversations`} can no longer be read, by anybody.`,
  stays: 'The conversations stay counted: allowance, invoices and totals stay what they are, to the cent.',
  irreversible:
    'There is no way back. If the person writes again, the same conversation goes on under a new key.',
  reason: 'Reason, for the record',
  confirm: 'Erase for ever',
  of: (id) => `Erasure ${id}`,
  asked: 'Asked for',
  doneAt: 'Done',
  keys: 'Keys destroyed',
  states: { running: 'running', done: 'erased' },
  running: 'The processes are letting go of the key; it takes some 20 seconds.',
  done: 'Nobody can open any more what was known of this person.',
  none: 'Nobody was erased',
  noneHint: 'A person is erased from the look-up of the contact.',
};
