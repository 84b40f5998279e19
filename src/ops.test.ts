import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { promtool, whyNoPromtool } from '../test/support/servers/promtool.ts';
import { createMetrics } from './metrics.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; runbook_url: string };
}

interface Case {
  alertname: string;
  exp_alerts?: unknown[];
}

interface Panel {
  id: number;
  type: string;
  title: string;
  targets?: { expr: string }[];
}

const { groups } = parse(read('ops/alerts.yml'), { strict: true, uniqueKeys: true }) as {
  groups: { rules: Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read('ops/dashboard.json')) as { panels: Panel[] };
const manual = read('docs/operations.md');
const runbook = /^## Runbook\n([\s\S]*?)^## /m.exec(manual)?.[1] ?? '';

/** What /metrics shows, by the names that queries use: those of a histogram have endings. */
const metrics = createMetrics();
const labelsOf = new Map<string, Set<string>>(
  metrics.registry.getMetricsAsArray().flatMap((metric) => {
    const { name, labelNames } = metric as unknown as { name: string; labelNames: string[] };
    const labels = new Set([...labelNames, 'job', 'instance']);
    const buckets: [string, Set<string>] = [`${name}_bucket`, new Set([...labels, 'le'])];
    return [
      [name, labels] as [string, Set<string>],
      buckets,
      [`${name}_sum`, labels],
      [`${name}_count`, labels],
    ];
  }),
);
labelsOf.set('up', new Set(['job', 'instance']));
const shown = new Set(
  [...(await metrics.registry.metrics()).matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name),
);

const routes = new Set(
  [...read('openapi.yaml').matchAll(/^ {2}(\/\S*):$/gm)].map(([, path]) =>
    path?.replaceAll(/\{(\w+)\}/g, ':$1'),
  ),
);

const WORDS =
  /^(sum|max|min|avg_over_time|rate|increase|histogram_quantile|time|absent|by|and|or|unless|le)$/;

/** The metrics that an expression names, with the labels it asks of them. */
function namesIn(expr: string) {
  const grouped = new Set(
    [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', ')),
  );
  const plain = expr.replaceAll(/\bby \([^)]*\)|\[[^\]]*\]|\b\d+(\.\d+)?(e\d+)?\b/g, ' ');
  const found = [...plain.matchAll(/([a-zA-Z_:][\w:]*)(\{[^"}]*(?:"[^"]*"[^"}]*)*\})?/g)];
  return found
    .filter(([, name = '']) => !WORDS.test(name))
    .map(([, name = '', selector = '']) => ({
      name,
      labels: [...selector.matchAll(/(\w+)(?:=~|!~|!=|=)"([^"]*)"/g)].map(([, label = '', value = '']) => ({
        label,
        value,
      })),
      grouped,
    }));
}

function expectKnown(expr: string): void {
  const names = namesIn(expr);
  expect(names.length).toBeGreaterThan(0);
  for (const { name, labels, grouped } of names) {
    const known = labelsOf.get(name);
    if (known === undefined) throw new Error(`no such metric: ${name} in ${expr}`);
    for (const { label, value } of labels) {
      if (!known.has(label)) throw new Error(`${name} has no label ${label}`);
      if (label === 'route' && !routes.has(value)) throw new Error(`no such route: ${value}`);
    }
    for (const label of grouped) if (!known.has(label)) throw new Error(`${name} has no label ${label}`);
  }
}

describe('ops/alerts.yml', () => {
  test.each(rules.map((rule) => [rule.alert, rule] as const))('%s asks what /metrics answers', (_, rule) => {
    expectKnown(rule.expr);
    expect(rule.labels.severity).toMatch(/^(page|ticket)$/);
    expect(rule.annotations.summary).toMatch(/^\S.*[^.]$/);
    const place = `'{{ or $externalLabels.janela_runbook "docs/operations.md" }}#${rule.alert.toLowerCase()}'`;
    expect(`'${rule.annotations.runbook_url}'`).toBe(place);
  });

  test('every alarm has a case in which it rings, and one in which it does not', () => {
    const { tests } = parse(read('ops/alerts.test.yml')) as { tests: { alert_rule_test: Case[] }[] };
    const cases = tests.flatMap((each) => each.alert_rule_test);
    for (const rings of [true, false]) {
      const named = cases.filter((each) => (each.exp_alerts !== undefined) === rings);
      const missing = rules.filter(({ alert }) => !named.some(({ alertname }) => alertname === alert));
      expect({ rings, missing: missing.map(({ alert }) => alert) }).toEqual({ rings, missing: [] });
    }
  });

  test('every alarm is in the runbook once, with what it means and what to do, and nothing else is', () => {
    const rows = [...runbook.matchAll(/^\| <a id="(\w+)"><\/a>`(Janela\w+)` \| ([^|]+) \| ([^|]+) \|$/gm)];
    expect(rows.map(([, , name]) => name)).toEqual(rules.map(({ alert }) => alert));
    expect(rows.map(([, anchor]) => anchor)).toEqual(rules.map(({ alert }) => alert.toLowerCase()));
    for (const [, , , meaning = '', todo = ''] of rows)
      expect(Math.min(meaning.length, todo.length)).toBeGreaterThan(20);
  });
});

(whyNoPromtool() === null ? describe : describe.skip)('promtool', () => {
  test('takes the rules, and they ring and are silent as ops/alerts.test.yml says', () => {
    expect(promtool(['check', 'rules', 'ops/alerts.yml'])).toMatch(/SUCCESS: \d+ rules found/);
    expect(promtool(['test', 'rules', 'ops/alerts.test.yml'])).toContain('SUCCESS');
  });

  test('finds nothing against the names and units of the metrics', async () => {
    expect(promtool(['check', 'metrics'], await metrics.registry.metrics())).toBe('');
  });
});

describe('ops/dashboard.json', () => {
  const panels = dashboard.panels.filter(({ type }) => type !== 'row');

  test.each(panels.map((panel) => [panel.title, panel] as const))(
    '%s asks what /metrics answers',
    (_, panel) => {
      expect(panel.targets?.length).toBeGreaterThan(0);
      for (const { expr } of panel.targets ?? []) expectKnown(expr.replaceAll('$__rate_interval', '5m'));
    },
  );

  test('panels have ids of their own, and together they show every metric of the service', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const asked = JSON.stringify(panels.map(({ targets }) => targets));
    const own = [...shown].filter((name) => name?.startsWith('janela_'));
    expect(own.filter((name) => !asked.includes(name ?? ''))).toEqual([]);
  });
});

test('what nobody has looked at yet has no value, least of all one from 1970', async () => {
  const text = await createMetrics().registry.metrics();
  expect(text).not.toMatch(/^janela_(log_guarded|verified)/m);
  expect(text).toMatch(/^janela_events_unreadable_total 0$/m);
});

test('the metrics of the service are in the manual', () => {
  const table = /^## Metrics[\s\S]*?^## /m.exec(manual)?.[0] ?? '';
  const own = [...shown].filter((name) => name?.startsWith('janela_'));
  const missing = own.filter((name) => !table.includes(name ?? '') && !table.includes(ending(name ?? '')));
  expect(missing).toEqual([]);
});

/** `janela_events_conflict_total` may stand as `_conflict_total` behind another. */
function ending(name: string): string {
  return `\`${name.replace(/^janela_events/, '')}`;
}
