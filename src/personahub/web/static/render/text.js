/** Text as it is: a text node, with found words marked and with signs that would act or hide shown by their names. */
import { html, useState } from "../html.js";

const SIGNS = new Map([
  [0x00, "NUL"], [0x07, "BEL"], [0x08, "BS"], [0x1b, "ESC"], [0x7f, "DEL"], [0xad, "SHY"],
  [0x200b, "ZWSP"], [0x200e, "LRM"], [0x200f, "RLM"], [0x061c, "ALM"], [0xfeff, "BOM"], [0x2028, "LS"], [0x2029, "PS"],
  [0x202a, "LRE"], [0x202b, "RLE"], [0x202c, "PDF"], [0x202d, "LRO"], [0x202e, "RLO"],
  [0x2066, "LRI"], [0x2067, "RLI"], [0x2068, "FSI"], [0x2069, "PDI"],
]);
// Control characters but for tab and the two line ends; what turns the direction of text; what has no width.
const ODD = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const RUNS = new RegExp(`(${ODD.source})\\1*`, "g");
const MOST_SIGNS = 2_000; // nodes; what is behind gets a plain sign for each
const FIRST = 20_000; // characters of a long text that are shown at once
const MORE = 200_000;
const MOST_MARKS = 500;

/** @param {string} sign */
function named(sign) {
  const code = sign.codePointAt(0) ?? 0;
  return SIGNS.get(code) ?? `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

/**
 * Text nodes, with a small label in place of each sign that acts unseen.
 * @param {string} text
 */
export function plain(text) {
  const nodes = [];
  let last = 0;
  for (const found of text.matchAll(RUNS)) {
    if (found.index > last) nodes.push(text.slice(last, found.index));
    last = found.index + found[0].length;
    if (nodes.length > MOST_SIGNS) return [...nodes, text.slice(found.index).replace(ODD, "\ufffd")];
    const name = named(found[0]);
    nodes.push(html`<span class="sign" title=${`a sign that is not seen: ${name}`}>${name}${found[0].length > 1 && ` × ${found[0].length}`}</span>`);
  }
  if (last < text.length) nodes.push(text.slice(last));
  return nodes;
}

/**
 * @param {string} text
 * @param {number[][]} marks [first, the one behind the last] in UTF-16 units, ascending
 * @param {string} [kind] class of the marked pieces
 */
export function marked(text, marks, kind = "hit") {
  const nodes = [];
  let last = 0;
  for (const [start, end] of marks.slice(0, MOST_MARKS)) {
    if (start < last || end <= start || start >= text.length) continue;
    nodes.push(...plain(text.slice(last, start)), html`<mark class=${kind}>${plain(text.slice(start, end))}</mark>`);
    last = end;
  }
  nodes.push(...plain(text.slice(last)));
  return nodes;
}

/**
 * A whole text, a long one piece by piece.
 * @param {{text: string, marks?: number[][], first?: number, label?: string}} props
 */
export function Text({ text, marks = [], first = FIRST, label = "" }) {
  const [extra, setExtra] = useState(0);
  const shown = first + extra;
  const long = text.length > shown * 1.2;
  const piece = long ? text.slice(0, shown) : text;
  return html`<div class="text" dir="auto" aria-label=${label || undefined} role=${label ? "group" : undefined}>
      ${marked(piece, marks)}${long && "…"}
    </div>
    ${long && html`<button type="button" class="quiet" onClick=${() => setExtra(extra + MORE)}>
      Show more: ${(text.length - shown).toLocaleString("en")} characters are left
    </button>`}`;
}
