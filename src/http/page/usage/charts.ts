/**
 * Charts of a month, as wide as there is room: places are percentages of the width, so text keeps its size. Every bar says
 * its numbers, and all of them stand below as a table.
 */

import { withQuery } from '../shell/ask.ts';
import { type Html, html } from '../shell/html.ts';
import type { Visitor } from '../shell/visitor.ts';

export interface DayCount {
  /** `2026-11-03` */
  day: string;
  receptive: number;
  active: number;
  /** Has not begun yet. */
  isFuture: boolean;
}

interface Marks {
  allowance: number | null;
  limit: number | null;
}

const HEIGHT = 230;
const TOP = 18;
const BOTTOM = 206;

/**
 * Receptive and active conversations of each day, one on the other. A bar leads to the windows of its day, at `windows`;
 * with the keyboard the rows of the table do, so that nobody has to pass 31 bars.
 */
export function daysChart(
  { texts, format }: Visitor,
  days: readonly DayCount[],
  { label, windows }: { label: string; windows: string },
): Html {
  const t = texts.month;
  const top = niceTop(Math.max(1, ...days.map(({ receptive, active }) => receptive + active)));
  const y = scale(top);
  const bars = days.map(({ day, receptive, active }, i) => {
    const [x, width] = [percent((i + 0.14) / days.length), percent(0.72 / days.length)];
    const said = `${format.day(day)}. ${t.receptive}: ${format.count(receptive)}, ${t.active}: ${format.count(active)}`;
    const to = withQuery(windows, { day });
    return html`<a class="day" href="${to}" tabindex="-1" aria-hidden="true"><title>${said}</title><rect x="${percent(i / days.length)}" width="${percent(1 / days.length)}" y="${TOP}" height="${BOTTOM - TOP}" fill="transparent"/><rect class="fill-receptive" x="${x}" width="${width}" y="${y(receptive)}" height="${BOTTOM - y(receptive)}"/><rect class="hatch" fill="url(#hatch)" x="${x}" width="${width}" y="${y(receptive + active)}" height="${y(receptive) - y(receptive + active)}"/></a>`;
  });
  return html`<svg class="chart inset" width="100%" height="${HEIGHT}" role="group" aria-label="${label}">${hatch('hatch')}<svg x="44" width="100%" overflow="visible">${grid(top, y, format.count)}${bars}${dayLabels(days)}</svg></svg>`;
}

/** Receptive conversations summed over the month, with allowance and limit as lines. */
export function runningChart(
  { texts, format }: Visitor,
  days: readonly DayCount[],
  { allowance, limit }: Marks,
  label: string,
): Html {
  const t = texts.month;
  const sums = runningSums(days);
  const last = sums.at(-1) ?? 0;
  const showsLimit = limit !== null && limit <= Math.max(last, allowance ?? 0) * 1.6;
  const top = niceTop(Math.max(1, last, allowance ?? 0, showsLimit ? limit : 0));
  const y = scale(top);
  const points = [`0,${BOTTOM}`, ...sums.map((sum, i) => `${((i + 1) / days.length) * 1_000},${y(sum)}`)];
  const end = ((sums.length / days.length) * 1_000).toFixed(1);
  const mark = (kind: string, count: number, name: string) =>
    html`<line class="${kind}" x1="0" x2="100%" y1="${y(count)}" y2="${y(count)}"/><text x="6" y="${y(count) - 6}">${name} ${format.count(count)}</text>`;
  return html`<svg class="chart inset" width="100%" height="${HEIGHT}" role="img" aria-label="${label}"><svg x="44" width="100%" overflow="visible">${grid(top, y, format.count)}<svg viewBox="0 0 1000 ${HEIGHT}" width="100%" height="${HEIGHT}" preserveAspectRatio="none"><polygon class="running-area" points="${points.join(' ')} ${end},${BOTTOM}"/><polyline class="running" vector-effect="non-scaling-stroke" points="${points.join(' ')}"/></svg>
${allowance !== null && mark('allowance', allowance, t.allowanceLine)}${showsLimit && mark('limit', limit, t.limitLine)}${dayLabels(days)}</svg></svg>`;
}

/** The same as a table; its numbers lead to the windows behind them. */
export function daysTable({ texts, format }: Visitor, days: readonly DayCount[], windows: string): Html {
  const t = texts.month;
  const sums = runningSums(days);
  const link = (day: string, kind: 'receptive' | 'active', count: number) =>
    count === 0
      ? format.count(count)
      : html`<a class="plain" href="${withQuery(windows, { day, kind })}">${format.count(count)}</a>`;
  return html`<details><summary>${texts.shell.numbersOf}</summary><div class="scroll" tabindex="0" role="region" aria-label="${t.days}"><table><thead><tr><th scope="col">${t.day}</th><th scope="col" class="number">${t.receptive}</th><th scope="col" class="number">${t.active}</th><th scope="col" class="number">${t.sum}</th></tr></thead>
<tbody>${days
    .filter(({ isFuture }) => !isFuture)
    .map(
      ({ day, receptive, active }, i) =>
        html`<tr><th scope="row"><a href="${withQuery(windows, { day })}">${format.day(day)}</a></th><td class="number">${link(day, 'receptive', receptive)}</td><td class="number">${link(day, 'active', active)}</td><td class="number">${format.count(sums[i] ?? 0)}</td></tr>`,
    )}</tbody></table></div></details>`;
}

export function daysLegend({ texts }: Visitor): Html {
  const t = texts.month;
  const sample = (fill: Html) => html`<svg viewBox="0 0 20 12" aria-hidden="true">${fill}</svg>`;
  return html`<ul class="legend"><li>${sample(html`<rect class="fill-receptive" width="20" height="12"/>`)}${t.receptive}</li><li>${sample(html`${hatch('hatch-legend')}<rect fill="url(#hatch-legend)" width="20" height="12"/>`)}${t.active}</li></ul>`;
}

/** Of the days that have begun. */
function runningSums(days: readonly DayCount[]): number[] {
  const sums: number[] = [];
  for (const { receptive, isFuture } of days) if (!isFuture) sums.push((sums.at(-1) ?? 0) + receptive);
  return sums;
}

/** Active conversations are told from receptive ones by their pattern too. */
function hatch(id: string): Html {
  return html`<defs><pattern id="${id}" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="5" height="5"/><rect class="fill-active" width="3" height="5"/></pattern></defs>`;
}

function scale(top: number): (count: number) => number {
  return (count) => Math.round((BOTTOM - (count / top) * (BOTTOM - TOP)) * 10) / 10;
}

function percent(share: number): string {
  return `${Math.round(share * 100_000) / 1_000}%`;
}

/** The next number that people count in, of four equal steps. */
function niceTop(count: number): number {
  const step = count / 4;
  const power = 10 ** Math.floor(Math.log10(Math.max(step, 1)));
  const nice =
    [1, 2, 2.5, 5, 10].find((factor) => factor * power >= step && (factor * power) % 1 === 0) ?? 10;
  return nice * power * 4;
}

function grid(top: number, y: (count: number) => number, text: (count: number) => string): Html[] {
  return [0, 1, 2, 3, 4].map((i) => {
    const count = (top / 4) * i;
    return html`<line class="axis" x1="0" x2="100%" y1="${y(count)}" y2="${y(count)}"/>${i > 0 && html`<text x="-8" y="${y(count) + 4}" text-anchor="end">${text(count)}</text>`}`;
  });
}

/** The first day of each week, from the first of the month on. */
function dayLabels(days: readonly DayCount[]): Html[] {
  return days.flatMap(({ day }, i) =>
    i % 7 === 0
      ? [
          html`<text x="${percent((i + 0.5) / days.length)}" y="${BOTTOM + 18}" text-anchor="middle">${Number(day.slice(8))}</text>`,
        ]
      : [],
  );
}
