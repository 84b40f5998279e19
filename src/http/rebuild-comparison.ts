import { z } from 'zod';
import type { ComparedMoney } from '../domain/compared-charges.ts';
import type { Difference } from '../projection/compare-rows.ts';
import type { ComparedPeriod, ComparedUsage } from '../projection/compare-usage.ts';
import { showSpan } from './invoice-schemas.ts';
import { periodOut } from './schemas.ts';

const money = z.string().meta({ example: '199.00' });
const charged = z.object({ quantity: z.int(), amount: money });
const totals = { currency: z.string(), live: money, rebuilt: money, difference: money };

export const comparedMoneySchema = z
  .object({
    ...totals,
    lines: z
      .array(z.object({ code: z.string(), live: charged, rebuilt: charged, difference: money }))
      .meta({ description: 'By code, tiers summed' }),
    invoiced: z
      .object({
        number: z.string(),
        total: money.meta({ description: 'Charged for the period by all standing invoices' }),
        adjustment: money.meta({ description: 'What a later invoice would add if it were promoted' }),
        lines: z.array(
          z.object({ code: z.string(), quantity: z.int(), unitPrice: money.nullable(), amount: money }),
        ),
      })
      .nullable()
      .meta({ description: 'Of a final period; null: `live` and `rebuilt` are drafts' }),
  })
  .meta({
    id: 'ComparedMoney',
    description: 'What a period costs by the windows of the live projection and of the rebuilt one',
  });

const windows = z.object({ live: z.int(), rebuilt: z.int() });

export const comparedUsageSchema = z
  .object({
    count: z.int().meta({ description: 'Tenants and periods with windows on either side' }),
    items: z
      .array(
        z.object({
          tenant: z.string(),
          period: periodOut,
          receptive: windows,
          active: windows,
          money: comparedMoneySchema
            .nullable()
            .meta({ description: 'null: nothing is ever invoiced for it' }),
        }),
      )
      .meta({ description: 'By tenant and period; at most 1000, those that differ first' }),
    totals: z.object({
      receptive: windows,
      active: windows,
      money: z.array(z.object(totals)).meta({
        description:
          'By currency, over all items; adjustments on drafts are left out, for they repeat earlier periods',
      }),
    }),
  })
  .meta({ id: 'ComparedUsage' });

export const differenceSchema = z
  .object({
    tenant: z.string().nullable(),
    period: z.string().nullable(),
    table: z.string(),
    live: z.int().meta({ description: 'Rows that only the live projection has' }),
    rebuilt: z.int().meta({ description: 'Rows that only the rebuilt one has' }),
    changed: z.int().meta({ description: 'Rows that both have with other values' }),
    samples: z.array(z.string()).meta({ description: 'The first few, as sentences' }),
    money: comparedMoneySchema
      .nullable()
      .meta({ description: 'Where windows of a final period differ; else null' }),
  })
  .meta({ id: 'RebuildDifference' });

export function showDifference({ money = null, ...difference }: Difference) {
  return { ...difference, money: showMoney(money) };
}

export function showUsage({ count, items, totals }: ComparedUsage) {
  return { count, items: items.map(showPeriodOf), totals };
}

function showPeriodOf({ period, money, ...item }: ComparedPeriod) {
  return { ...item, period: showSpan(period), money: showMoney(money) };
}

function showMoney(money: ComparedMoney | null): z.infer<typeof comparedMoneySchema> | null {
  return money;
}
