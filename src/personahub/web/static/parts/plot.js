/** Small pictures of numbers, drawn by hand as SVG, each with the table it was drawn from. */
import { html, number } from "../html.js";

const WIDTH = 440;
const HEIGHT = 200;
const LEFT = 48;
const FOOT = 26;
const TOP = 10;
const RIGHT = 14;

/** @param {number} value */
export function short(value) {
  const size = Math.abs(value);
  if (size >= 1e9) return `${trimmed(value / 1e9)}G`;
  if (size >= 1e6) return `${trimmed(value / 1e6)}M`;
  if (size >= 1e4) return `${trimmed(value / 1e3)}k`;
  if (Number.isInteger(value)) return number(value);
  return size < 0.01 ? value.toPrecision(2) : String(Math.round(value * 100) / 100);
}

/** @param {number} value */
const trimmed = (value) => value.toFixed(1).replace(/\.0$/, "");

/**
 * Round steps from 0, or the least, to the most.
 * @param {number} least
 * @param {number} most
 */
export function ticks(least, most) {
  const span = most - least || 1;
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? rough;
  const found = [];
  for (let at = Math.ceil(least / step) * step; at <= most + step / 1e6; at += step) found.push(Number(at.toPrecision(12)));
  return found;
}

/** @param {{title: string, note?: string, table: {names: string[], rows: any[][]}, children: any}} props */
export function Figure({ title, note, table, children }) {
  return html`<figure class="plot"><figcaption><h3>${title}</h3>${note && html`<p class="note">${note}</p>`}</figcaption>
    ${children}
    <details><summary>As a table</summary><div class="scroll" tabindex="0" role="group" aria-label=${`${title}, as a table`}><table>
      <thead><tr>${table.names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${table.rows.slice(0, 500).map((row) => html`<tr>${row.map((cell) => html`<td dir="auto">${typeof cell === "number" ? short(cell) : cell}</td>`)}</tr>`)}</tbody></table></div></details>
  </figure>`;
}

/** @param {{label: string, x: [number, number], y: [number, number], children: any}} props */
function Axes({ label, x, y, children }) {
  const across = scale(x, LEFT, WIDTH - RIGHT);
  const up = scale(y, HEIGHT - FOOT, TOP);
  return html`<svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${label}>
    ${ticks(...y).map((at) => html`<g class="axis"><line x1=${LEFT} x2=${WIDTH - RIGHT} y1=${up(at)} y2=${up(at)} /><text x=${LEFT - 8} y=${up(at) + 4} text-anchor="end">${short(at)}</text></g>`)}
    ${ticks(...x).map((at) => html`<text class="axis" x=${across(at)} y=${HEIGHT - 8} text-anchor="middle">${short(at)}</text>`)}
    ${children(across, up)}</svg>`;
}

/**
 * @param {[number, number]} from
 * @param {number} start
 * @param {number} end
 */
const scale = ([least, most], start, end) => (/** @type {number} */ value) => start + ((value - least) / (most - least || 1)) * (end - start);

/** @param {{label: string, bins: {from: number, to: number, count: number}[], line?: number}} props `line`: a value that is pointed out */
export function Histogram({ label, bins, line }) {
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  const ends = /** @type {[number, number]} */ ([bins[0].from, Math.max(bins[bins.length - 1].to, line ?? -Infinity)]);
  return html`<${Axes} label=${label} x=${ends} y=${[0, most]}>${(across, up) => html`
    ${bins.map((bin) => html`<rect class="bar" x=${across(bin.from) + 0.5} width=${Math.max(1, across(bin.to) - across(bin.from) - 1)} y=${up(bin.count)} height=${up(0) - up(bin.count)}><title>${short(bin.from)} to ${short(bin.to)}: ${number(bin.count)}</title></rect>`)}
    ${line !== undefined && html`<g class="cut"><line x1=${across(line)} x2=${across(line)} y1=${TOP} y2=${up(0)} /><text x=${across(line) - 6} y=${TOP + 12} text-anchor="end">dropped from ${short(line)}</text></g>`}`}<//>`;
}

/** @param {{label: string, lines: {name: string, points: [number, number][]}[]}} props */
export function Lines({ label, lines }) {
  const all = lines.flatMap((line) => line.points);
  const x = /** @type {[number, number]} */ ([Math.min(...all.map(([one]) => one)), Math.max(...all.map(([one]) => one))]);
  const most = Math.max(...all.map(([, one]) => one)) || 1;
  return html`<${Axes} label=${label} x=${x} y=${[0, most]}>${(across, up) => lines.map((line, index) => html`<g class=${`line line-${index}`}>
    <polyline points=${line.points.map(([one, two]) => `${across(one).toFixed(1)},${up(two).toFixed(1)}`).join(" ")} />
    ${line.points.length <= 60 && line.points.map(([one, two]) => html`<circle cx=${across(one)} cy=${up(two)} r="3"><title>${line.name}: ${short(one)}, ${short(two)}</title></circle>`)}
    <polyline points=${`${LEFT + 12},${TOP + 8 + 18 * index} ${LEFT + 40},${TOP + 8 + 18 * index}`} /><text x=${LEFT + 46} y=${TOP + 12 + 18 * index}>${line.name}</text></g>`)}<//>`;
}

/**
 * Bars that lie, with a name and a number each.
 * @param {{label: string, rows: {name: string, count: number, of?: number}[]}} props `of`: the whole, drawn pale behind it
 */
export function Bars({ label, rows }) {
  const most = Math.max(1, ...rows.map((row) => row.of ?? row.count));
  return html`<ul class="bars" aria-label=${label}>${rows.map((row) => html`<li>
    <span class="bar-name" dir="auto" title=${row.name}>${row.name}</span>
    <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">${row.of !== undefined && html`<rect class="bar pale" width=${(100 * row.of) / most} height="10" />`}
      <rect class="bar" width=${(100 * row.count) / most} height="10" /></svg>
    <span class="count">${number(row.count)}${row.of !== undefined && row.of !== row.count ? ` of ${number(row.of)}` : ""}</span></li>`)}</ul>`;
}
