import { z } from 'zod';
import { creditOfTenants } from '../../billing/credit.ts';
import { CREDIT_MODES } from '../../domain/credit.ts';
import { minorDigits } from '../../domain/currency.ts';
import { formatAmount } from '../../domain/money.ts';
import { sum } from '../../domain/rate.ts';
import { readSnapshot } from '../../projection/read/snapshot.ts';
import { findTenant } from '../../store/tenants.ts';
import { decodeCursor, pageOf, pageQuery, toPage } from '../conventions/page.ts';
import { tenantParams } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { problemResponses } from '../problems/problem.ts';

const money = z.string().meta({ example: '30.00' });
const carried = money.meta({ description: 'What invoices that came to less than zero left for later ones' });
const applied = money.meta({ description: 'What later invoices took back of it' });
const left = money.meta({
  description: 'What the next invoices made final take back: `carried` less `applied`',
});
const number = z.string().meta({ example: '2026-000123' });
const periodId = z.string().meta({ description: 'Of that invoice', example: '2026-11' });

const creditSchema = pageOf(
  z
    .object({
      invoice: number.meta({ description: 'The standing invoice that carried it' }),
      period: periodId,
      carried,
      applied,
      left,
      uses: z
        .array(
          z.object({
            invoice: number.meta({ description: 'A standing invoice that took some back' }),
            period: periodId,
            amount: money.meta({ description: 'How much' }),
          }),
        )
        .meta({ description: 'In the order in which they became final' }),
    })
    .meta({ id: 'CarriedCredit' }),
)
  .extend({
    tenant: z.string(),
    credit: z.enum(CREDIT_MODES).meta({
      description: 'Whether totals below zero are carried now; what was carried is taken back either way',
    }),
    currency: z.string().nullable().meta({ description: 'ISO 4217; null: nothing was ever carried' }),
    carried,
    applied,
    left,
  })
  .meta({ id: 'TenantCredit' });

const cursorKey = z.tuple([z.string()]);

/** What a tenant's invoices carried, and what became of it. Contract section 3, Finance. */
export function creditRoutes(app: App, { db }: Pick<AppDeps, 'db'>): void {
  app.get(
    '/v1/tenants/:tenant/credit',
    {
      config: { scope: 'billing:read' },
      schema: {
        tags: ['Finance'],
        operationId: 'getCredit',
        summary: 'The credit that invoices of a tenant carried, and what is left of it',
        description:
          'By the standing invoices that carried it, the oldest first: the next invoice made final takes that back first. The sums are over all of them, on whatever page.',
        params: tenantParams,
        querystring: z.strictObject(pageQuery),
        response: { 200: creditSchema, ...problemResponses('invalid-request', 'invalid-cursor') },
      },
    },
    async ({ params: { tenant }, query: { limit, cursor } }) => {
      const [after] = cursor === undefined ? [''] : decodeCursor(cursor, cursorKey);
      const { known, own } = await readSnapshot(db, async (view) => ({
        known: await findTenant(view.db, tenant),
        own: (await creditOfTenants(view.db, [tenant])).get(tenant) ?? null,
      }));
      const { currency = null, credits = [] } = own ?? {};
      const digits = currency === null ? 0 : minorDigits(currency);
      const total = (member: 'carried' | 'applied' | 'left') =>
        formatAmount(
          sum(
            credits.map((credit) => ({ amount: credit[member] })),
            digits,
          ),
          digits,
        );
      // Numbers ascend in the order of finalizing.
      const rows = credits.filter(({ invoice }) => invoice > after).slice(0, limit + 1);
      return {
        ...{ tenant, credit: known?.credit ?? 'settle', currency },
        ...{ carried: total('carried'), applied: total('applied'), left: total('left') },
        ...toPage(
          rows,
          limit,
          (credit) => credit,
          ({ invoice }) => [invoice],
        ),
      };
    },
  );
}
