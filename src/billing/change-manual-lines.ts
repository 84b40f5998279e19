import { isDeepStrictEqual } from 'node:util';
import type { Pool } from 'pg';
import { minorDigits } from '../domain/currency.ts';
import { formatAmount, parseAmount } from '../domain/money.ts';
import { done, type Outcome, refuse } from '../domain/refusal.ts';
import { say } from '../domain/sentences.ts';
import { viewIn } from '../projection/read/snapshot.ts';
import { recordChange } from '../store/audit.ts';
import { draftsOf } from './drafts.ts';
import { type Slot, slotKey } from './invoice.ts';
import { withInvoiceSession } from './locks.ts';
import { finalPeriods } from './made-invoices.ts';
import { countManualLines, findManualLine, type PlacedManualLine } from './manual-lines.ts';
import type { Author } from './plans.ts';

/** Of one invoice, which is answered whole: with the longest texts some 2 MB. */
const MOST_LINES = 1_000;

/**
 * Puts a credit or charge on the invoice of a period; the same one again changes nothing, so that a retry charges
 * nobody twice. Amounts are in the currency of the invoice. Refuses with `conflict` (another line has the id),
 * `period-final`, `no-subscription` (the period has no invoice to put it on), `too-many-manual-lines`, `invalid-request`.
 */
export async function putManualLine(
  pool: Pool,
  tenant: string,
  line: PlacedManualLine,
  defaultTimeZone: string,
  author: Author,
): Promise<Outcome<{ line: PlacedManualLine; created: boolean }>> {
  return await withInvoiceSession(pool, tenant, ({ db }) =>
    db.transaction().execute(async (transaction) => {
      const known = await findManualLine(transaction, tenant, line.id);
      if (known !== null) return repeated(tenant, known, line);
      const { period } = line;
      if ((await finalPeriods(transaction, tenant)).includes(period))
        return refuse('period-final', say('The invoice of {period} is final.', { period }));
      if ((await countManualLines(transaction, tenant, period)) >= MOST_LINES)
        return refuse(
          'too-many-manual-lines',
          say('{most} manual lines of {tenant} stand on {period} already.', {
            most: MOST_LINES,
            tenant,
            period,
          }),
        );
      const slot: Slot = { tenant, period };
      const drafts = await draftsOf(await viewIn(transaction), [slot], defaultTimeZone);
      const currency = drafts.get(slotKey(slot))?.invoice.currency;
      if (currency === undefined)
        return refuse('no-subscription', say('{tenant} has no plan in {period}.', { tenant, period }));
      const amount = amountOf(line, minorDigits(currency));
      if (!amount.ok) return amount;
      const placed = { ...line, amount: amount.value };
      const { id, ...row } = placed;
      await transaction
        .insertInto('billing.manual_lines')
        .values({ ...row, line_id: id, tenant, currency, created_at: author.at, deleted_at: null })
        .execute();
      await recordChange(transaction, change(tenant, author, 'create', null, placed));
      return done({ line: placed, created: true });
    }),
  );
}

/** A retry, or another line. Stored amounts have all the digits of their currency. */
function repeated(
  tenant: string,
  known: PlacedManualLine,
  line: PlacedManualLine,
): Outcome<{ line: PlacedManualLine; created: boolean }> {
  const amount = amountOf(line, known.amount.split('.')[1]?.length ?? 0);
  if (!amount.ok) return amount;
  if (isDeepStrictEqual(known, { ...line, amount: amount.value }))
    return done({ line: known, created: false });
  return refuse(
    'conflict',
    say(
      'The manual line {id} of {tenant} is {amount} in {period} ({description}): delete it first, or choose another id.',
      { id: line.id, tenant, amount: known.amount, period: known.period, description: known.description },
    ),
  );
}

function amountOf({ amount }: PlacedManualLine, digits: number): Outcome<string> {
  const parsed = parseAmount(amount, digits);
  return parsed.ok
    ? done(formatAmount(parsed.value, digits))
    : refuse('invalid-request', parsed.reason, '/amount');
}

/** Takes a manual line back. Refuses with `not-found`, `period-final`. */
export async function deleteManualLine(
  pool: Pool,
  tenant: string,
  id: string,
  author: Author,
): Promise<Outcome<null>> {
  return await withInvoiceSession(pool, tenant, ({ db }) =>
    db.transaction().execute(async (transaction) => {
      const known = await findManualLine(transaction, tenant, id);
      if (known === null)
        return refuse('not-found', say('{tenant} has no manual line {id}.', { tenant, id }));
      if ((await finalPeriods(transaction, tenant)).includes(known.period))
        return refuse(
          'period-final',
          say(
            'The invoice of {period} is final: void it first, or put a line of the opposite amount on a later one.',
            { period: known.period },
          ),
        );
      await transaction
        .updateTable('billing.manual_lines')
        .set({ deleted_at: author.at })
        .where('tenant', '=', tenant)
        .where('line_id', '=', id)
        .where('deleted_at', 'is', null)
        .execute();
      await recordChange(transaction, change(tenant, author, 'delete', known, null));
      return done(null);
    }),
  );
}

function change(
  tenant: string,
  author: Author,
  action: 'create' | 'delete',
  before: PlacedManualLine | null,
  after: PlacedManualLine | null,
) {
  const { period, id } = (after ?? before) as PlacedManualLine;
  const subject = `${tenant}/${period}/manual:${id}`;
  return { ...author, subjectType: 'manual-line', subject, tenant, action, before, after } as const;
}
