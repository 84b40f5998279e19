/** The texts about invoices in English. */

import type { FinanceTexts } from './pt-finance.ts';

export const enFinance: FinanceTexts = {
  invoices: 'Invoices',
  title: (tenant, month) => `Invoice for ${month} - ${tenant}`,
  document: { draft: 'Draft invoice', final: 'Invoice', void: 'Voided invoice' },
  statuses: { draft: 'draft', final: 'final', void: 'void' },
  columns: {
    tenant: 'Tenant',
    period: 'Period',
    number: 'Number',
    status: 'Status',
    total: 'Total',
    issued: 'Issued',
    due: 'Due',
  },
  all: 'all',
  none: 'No invoices here',
  noneHint: 'A draft appears when the tenant has a plan in the period.',
  sum: 'Sum',
  print: 'Print',
  billTo: 'Bill to',
  noBillTo: "Nobody said whom to bill. Finance enters it in the tenant's settings.",
  reference: 'Reference',
  taxId: 'Tax id',
  plan: 'Plan',
  span: 'From / to',
  number: 'Number',
  issued: 'Issued',
  due: 'Due',
  voided: (when, reason) => `Voided on ${when}: ${reason}`,
  replaces: 'Replaces the invoice',
  line: {
    ...{ what: 'Description', quantity: 'Quantity', price: 'Unit price', amount: 'Amount' },
    more: (count) => `and ${count} further adjustment lines, which the list of lines (/v1/line-items) has`,
  },
  tier: (from, upTo) => `units ${from} to ${upTo}`,
  tierOpen: (from) => `units from ${from} on`,
  difference: (computed, invoiced) => `computed now ${computed}, invoiced so far ${invoiced}`,
  total: 'Total',
  behind: (line) => `Conversations behind: ${line}`,
  draftNote: 'A draft changes while events arrive; what is made final is what counts.',
  digest: 'Digest of the conversations billed (SHA-256)',
  change: { added: 'added', removed: 'removed' },
  changeColumn: 'Change',
  cause: 'Cause',
  otherRules: 'other rules',
  finalize: {
    button: 'Make final',
    title: 'Make this invoice final?',
    question: (tenant, month, total) =>
      `The invoice for ${month} of ${tenant} will be made final with a total of ${total}.`,
    lines: (n, shown) =>
      n === 1 ? '1 line, as it stands on the draft.' : `${shown} lines, as they stand on the draft.`,
    after:
      'After that it has a number and does not change: late events come as an adjustment on a later invoice.',
    safe: 'Should the total change before you confirm, nothing is made final.',
    confirm: (total) => `Make final with ${total}`,
    done: (number, total) => `Invoice ${number} is final with ${total}.`,
  },
  voiding: {
    button: 'Void',
    title: (number) => `Void the invoice ${number}?`,
    question: (total) =>
      `The invoice no longer counts and ${total} are no longer charged. The number stays used, and the period has a draft again.`,
    reason: 'Reason',
    confirm: 'Void the invoice',
    done: (number) => `Invoice ${number} is void.`,
  },
  manual: {
    title: 'Manual line',
    hint: 'A credit (negative amount) or a charge on this invoice.',
    description: 'Description on the invoice',
    amount: 'Amount, for example -20.00',
    reason: 'Reason, for the audit',
    button: 'Add the line',
    done: 'The line is on the draft.',
    remove: 'Take back',
  },
  run: {
    button: 'Close the month',
    title: (month) => `Close ${month} for everybody?`,
    question: (n, shown, total) =>
      n === 1
        ? `1 draft will be made final, ${total} in total.`
        : `${shown} drafts will be made final, ${total} in total.`,
    already: (n, shown) =>
      n === 1
        ? '1 invoice is final already and stays as it is.'
        : `${shown} invoices are final already and stay as they are.`,
    nothing: 'There is no draft to make final in this month.',
    after: 'The service makes one after the other; what a problem keeps open stays open, with the reason.',
    confirm: (n, shown) => (n === 1 ? 'Make 1 invoice final' : `Make ${shown} invoices final`),
    runs: 'Invoice runs',
    runOf: (id, month) => `Run of ${month} (no. ${id})`,
    states: { running: 'running', finished: 'finished' },
    tenantStates: { waiting: 'waiting', final: 'final', open: 'open', nothing: 'nothing to close' },
    counts: { final: 'Final', open: 'Open' },
    progress: (done, all) => `${done} of ${all}`,
    started: 'Begun',
    lost: 'The service does not answer; trying again.',
  },
};
