import type { Hashes } from '../../src/sealing/hashes.ts';

/** Numbers that sentences and damages name, in the order of finalizing. */
export const OF = {
  october: '2027-000001',
  voided: '2027-000002',
  november: '2027-000003',
  december: '2027-000004',
};

const invoice = (number: string) => `invoice = (SELECT id FROM billing.invoices WHERE number = '${number}')`;
const line = (number: string, id: string) => `${invoice(number)} AND id = '${id}'`;
const OCTOBER_NAME = 'Invoice 2027-000001 \\(shop, 2026-10\\)';
const NOVEMBER_NAME = 'Invoice 2027-000003 \\(shop, 2026-11\\)';

/** Changes of final invoices by hand: what is damaged, the statement, and what a verification says of it. */
export const INVOICE_DAMAGES: readonly (readonly [string, string, string])[] = [
  [
    'a total',
    `UPDATE billing.invoices SET total = '99.00' WHERE number = '${OF.october}'`,
    `${OCTOBER_NAME} says a total of BRL 99.00, but its lines make BRL 8.95`,
  ],
  [
    'the amount of a line',
    `UPDATE billing.invoice_lines SET amount = '0.01' WHERE ${line(OF.october, 'active:1')}`,
    `${OCTOBER_NAME} says active 3 x 0.45 = 0.01 on its line active:1, but its terms and windows make active 3 x 0.45 = 1.35`,
  ],
  [
    'an amount that is none',
    `UPDATE billing.invoice_lines SET amount = 'much' WHERE ${line(OF.october, 'active:1')}`,
    'active 3 x 0.45 = much on its line',
  ],
  [
    'the quantity of a line',
    `UPDATE billing.invoice_lines SET quantity = 3 WHERE ${line(OF.october, 'receptive.overage:2')}`,
    'says receptive.overage 3 x 0.25 = 0.50 on its line receptive.overage:2, but',
  ],
  [
    'the detail of a line',
    `UPDATE billing.invoice_lines SET detail = '{"tier":2,"from":5,"upTo":null}' WHERE ${line(OF.october, 'receptive.overage:2')}`,
    'in the detail of its line receptive.overage:2',
  ],
  [
    'the period of a line',
    `UPDATE billing.invoice_lines SET end_at = end_at + 1 WHERE ${line(OF.october, 'active:1')}`,
    'has other bounds of 2026-10 on its line active:1',
  ],
  [
    'a line that is gone',
    `DELETE FROM billing.invoice_lines WHERE ${line(OF.october, 'monthly-fee:1')}`,
    `${OCTOBER_NAME} lacks the line monthly-fee:1`,
  ],
  [
    'a line too many',
    `INSERT INTO billing.invoice_lines SELECT invoice, 99, 'discount', code, description, period, start_at, end_at, time_zone, quantity, unit_price, amount, detail FROM billing.invoice_lines WHERE ${line(OF.october, 'active:1')}`,
    'has the line discount, active 3 x 0.45 = 1.35, which does not follow',
  ],
  [
    'the amount of a manual line',
    `UPDATE billing.manual_lines SET amount = '-6.00'`,
    'says manual 1 x -5.00 = -5.00 on its line manual:1, but its terms and windows make manual 1 x -6.00',
  ],
  [
    'the text of a manual line',
    `UPDATE billing.invoice_lines SET description = 'Gift' WHERE code = 'manual'`,
    'says "Gift" on its line manual:1, which was entered as "Setup"',
  ],
  [
    'an adjustment',
    `UPDATE billing.invoice_lines SET amount = '-0.90' WHERE ${line(OF.november, 'adjustment.active:2026-10')}`,
    `${NOVEMBER_NAME} says adjustment.active -1 x 0.45 = -0.90`,
  ],
  [
    'an adjustment that is gone',
    `DELETE FROM billing.invoice_lines WHERE ${line(OF.november, 'adjustment.active:2026-10')}`,
    `${NOVEMBER_NAME} lacks the line adjustment.active:2026-10`,
  ],
  [
    'the plan terms',
    `UPDATE billing.invoices SET terms = jsonb_set(terms, '{active,default,0,unitPrice}', '"0.40"') WHERE number = '${OF.october}'`,
    'but its terms and windows make active 3 x 0.40',
  ],
  [
    'plan terms that are none',
    `UPDATE billing.invoices SET terms = '{}' WHERE number = '${OF.october}'`,
    `${OCTOBER_NAME} cannot be made anew`,
  ],
  [
    'a plan without its terms',
    `UPDATE billing.invoices SET terms = NULL WHERE number = '${OF.october}'`,
    'has a plan without its terms',
  ],
  [
    'a count of windows',
    `UPDATE billing.invoices SET receptive = receptive + 1 WHERE number = '${OF.october}'`,
    `${OCTOBER_NAME} says 8 receptive windows, but 7 were copied for it`,
  ],
  [
    'a copied window that is gone',
    `DELETE FROM billing.billed_windows WHERE ${invoice(OF.october)} AND opened_by = 'r3'`,
    `${OCTOBER_NAME} says 7 receptive windows, but 6 were copied for it`,
  ],
  [
    'who opened a copied window',
    `UPDATE billing.billed_windows SET opened_by = 'x' WHERE ${invoice(OF.october)} AND opened_by = 'r3'`,
    `${OCTOBER_NAME} has a copy of the window [0-9a-f]{64} that names contact or opener`,
  ],
  [
    'the contact of a copied window of a voided invoice',
    `UPDATE billing.billed_windows SET contact = 'x"\\' WHERE ${invoice(OF.voided)} AND opened_by = 'n1'`,
    'Invoice 2027-000002 \\(shop, 2026-11\\) has a copy of the window [0-9a-f]{64} that names contact or opener',
  ],
  [
    'the digest',
    `UPDATE billing.invoices SET digest = repeat('0', 64) WHERE number = '${OF.december}'`,
    'Invoice 2027-000004 \\(shop, 2026-12\\) has the digest 0{64}, but',
  ],
  [
    'the category of a copied window',
    `UPDATE billing.billed_windows SET category = 'marketing' WHERE ${invoice(OF.october)} AND opened_by = 'a2'`,
    'says active 3 x 0.45 = 1.35 on its line active:1, but its terms and windows make active 2 x 0.45',
  ],
  [
    'the line behind which a window stands',
    `UPDATE billing.billed_windows SET set = 1 - set WHERE ${invoice(OF.october)} AND set <= 1 AND opener IN (
      SELECT (array_agg(opener ORDER BY opened_at, conversation, opener))[1] FROM billing.billed_windows
      WHERE ${invoice(OF.october)} AND set <= 1 GROUP BY set)`,
    'charges a window on its line receptive.overage:1 that was opened before one on receptive.included:1',
  ],
  [
    'more windows behind one line and fewer behind another',
    `UPDATE billing.billed_windows SET set = 1 WHERE ${invoice(OF.october)} AND set = 0`,
    'has no window behind receptive.included of 2026-10|stand behind it',
  ],
  [
    'a set of windows that is gone',
    `DELETE FROM billing.billed_sets WHERE ${invoice(OF.october)} AND set = 0`,
    `${OCTOBER_NAME} `,
  ],
  [
    'the instant of a copied window',
    `UPDATE billing.billed_windows SET opened_at = 0 WHERE ${invoice(OF.october)} AND opened_by = 'a2'`,
    'charges windows for 2026-10 that were not opened in it',
  ],
  [
    'a window in the place of another, behind an adjustment',
    `UPDATE billing.billed_windows SET opener = gen_random_uuid() WHERE ${invoice(OF.november)} AND opened_by = 'a1'`,
    'has copies of other windows of 2026-10 than those it was made from|as the cause of a change of no window',
  ],
  [
    'the fingerprint of a period',
    `UPDATE billing.invoice_periods SET fingerprint = 7 WHERE ${invoice(OF.december)}`,
    'has copies of other windows of 2026-12',
  ],
  [
    'the weight of a change',
    `UPDATE billing.billed_sets SET weight = -weight WHERE ${invoice(OF.november)} AND code = 'active' AND period = '2026-10'`,
    `${NOVEMBER_NAME} says adjustment.active -1`,
  ],
  [
    'a cause of a change that it has not',
    `UPDATE billing.change_causes SET opener = gen_random_uuid() WHERE ctid = (SELECT min(ctid) FROM billing.change_causes)`,
    'as the cause of a change of no window that it has',
  ],
  ...changedWindowDamages(),
  [
    'the position of a cause',
    `UPDATE billing.change_causes SET "offset" = 0, partition = (partition + 1) % 4 WHERE event = 'a1:failed'`,
    'names the event [0-9a-f-]{36} at partition \\d, offset 0 as a cause, which does not stand there',
  ],
  [
    'the event of a cause',
    `UPDATE billing.change_causes SET event_key = gen_random_uuid() WHERE event = 'a1:failed'`,
    'names the event [0-9a-f-]{36} at partition \\d, offset \\d+ as a cause, which does not stand there',
  ],
  [
    'a cause that came later',
    `UPDATE billing.change_causes SET "offset" = 1000 WHERE ctid = (SELECT min(ctid) FROM billing.change_causes)`,
    'as a cause, which it could not know',
  ],
  [
    'a window that came later',
    `UPDATE billing.billed_windows SET "offset" = 1000 WHERE ${invoice(OF.october)} AND opened_by = 'a2'`,
    'offset 1000, which it could not know',
  ],
  [
    'a number',
    `UPDATE billing.invoices SET number = '2027-000009' WHERE number = '${OF.december}'`,
    'The invoice numbers of 2027 are not without gaps: where 4 should be, 2027-000009 stands',
  ],
  [
    'an invoice that is gone',
    `DELETE FROM billing.invoices WHERE number = '${OF.october}'`,
    'where 1 should be, 2027-000002 stands',
  ],
  [
    'the last invoice that is gone',
    `DELETE FROM billing.invoices WHERE finalized_at = (SELECT max(finalized_at) FROM billing.invoices)`,
    'The last invoice number of 2027 is noted as 5, but it is 4',
  ],
  [
    'two invoices in the wrong order',
    `UPDATE billing.invoices SET finalized_at = finalized_at + 86400000, changed_at = changed_at + 86400000 WHERE number = '${OF.october}'`,
    'where 1 should be, 2027-000002 stands',
  ],
  [
    'an invoice of another year',
    `UPDATE billing.invoices SET finalized_at = 0 WHERE number = '${OF.october}'`,
    'Invoice 2027-000001 was made final at 1970-01-01T00:00:00.000Z, which is in another year',
  ],
  [
    'the clock of changes',
    `UPDATE billing.invoice_clock SET changed_at = 5`,
    'The clock of invoices stands at 1970',
  ],
  [
    'a voided invoice that stands again',
    `UPDATE billing.invoices SET status = 'final', period = '2026-09' WHERE number = '${OF.voided}'`,
    'is final, but says when or why it was voided',
  ],
  [
    'whose place an invoice takes',
    `UPDATE billing.invoices SET replaces = NULL WHERE number = '${OF.november}'`,
    `${NOVEMBER_NAME} says that it replaces none, but the one before it for this period is 2027-000002`,
  ],
  [
    'a chain head that another invoice contradicts',
    `UPDATE billing.invoices SET as_of = (SELECT jsonb_agg(p || jsonb_build_object('chain', repeat('a', 64))) FROM jsonb_array_elements(as_of) p) WHERE number = '${OF.november}'`,
    `${NOVEMBER_NAME} stands on the hash chain head a{64} at partition \\d, offset \\d+, but \\w+ .* notes [0-9a-f]{64} there`,
  ],
  [
    'a position beyond the projection',
    `UPDATE billing.invoices SET as_of = jsonb_set(as_of, '{1,next}', '100000') WHERE number = '${OF.december}'`,
    'stands on partition \\d up to offset 100000, but only offsets below \\d+ are projected',
  ],
  [
    'a position behind an earlier one',
    `UPDATE billing.invoices SET as_of = (SELECT jsonb_agg(p || '{"next": 0, "end": 0}') FROM jsonb_array_elements(as_of) p) WHERE number = '${OF.december}'`,
    'stands on partition \\d up to offset 0, but invoice 2027-000003 \\(shop, 2026-11\\) before it knew more',
  ],
  [
    'a partition that is not named',
    `UPDATE billing.invoices SET as_of = as_of - 0 WHERE number = '${OF.december}'`,
    'stands on 3 partitions of the log, but it has 4',
  ],
];

/** Of the windows behind the adjustments of November, which are no part of its digest. */
function changedWindowDamages(): [string, string, string][] {
  const damages: [column: string, value: string, sentence: string][] = [
    ['opened_by', `'x'`, 'opened by x, that is not of the event that it says opened it'],
    ['contact', `'x'`, 'that is not of the conversation that it says'],
    ['account', `'x'`, 'that is not of the conversation that it says'],
    ['opened_at', 'opened_at + 1', 'stands at another instant or log position than the event that opened it'],
    ['origin', `'bot'`, 'says another kind, origin, category or campaign than the event that opened it'],
    ['campaign', `'x'`, 'says another kind, origin, category or campaign than the event that opened it'],
    ['closes_at', 'closes_at + 1', 'ends as its rule ends none'],
    ['rule', `'other'`, 'ends as its rule ends none'],
  ];
  return damages.map(([column, value, sentence]) => [
    `${column} of a window behind an adjustment`,
    `UPDATE billing.billed_windows SET ${column} = ${value} WHERE ${invoice(OF.november)} AND opened_by = 'a1'`,
    `Invoice 2027-000003 has a copy of a changed window, .*${sentence}`,
  ]);
}

/** The same with the keys of the events whose ids it names: copies keep nothing else of them. */
export function withKeys(damage: string, hashes: Pick<Hashes, 'id'>): string {
  return damage
    .replaceAll(/(?<!SET )\bopened_by = '(\w+)'/g, (_, id: string) => `opener = '${hashes.id(id)}'`)
    .replaceAll(/WHERE event = '([\w:]+)'/g, (_, id: string) => `WHERE event_key = '${hashes.id(id)}'`);
}
