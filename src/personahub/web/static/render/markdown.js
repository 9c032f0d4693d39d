/** Markdown to nodes: the blocks. HTML in it stays text, pictures are named and not loaded, depth and length are held. */
import { html } from "../html.js";
import { Formula } from "./latex.js";
import { inline } from "./inline.js";
import { plain, Text } from "./text.js";

const LONGEST = 200_000; // characters; what is longer stays raw
const DEEPEST = 8; // lists and quotes within each other
const MOST_BLOCKS = 3_000;
const MOST_ROWS = 500; // of a table

// No pattern may try the same signs in two ways: a line of 200,000 spaces must cost what any line costs.
const FENCE = /^ {0,3}(`{3,}|~{3,})([^`]*)$/;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(?=\S)/;
const RULE = /^ {0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])( {1,4}|$)/;
const TABLE = /^[ |:-]+$/;
const FORMULA = /^ {0,3}(\$\$|\\\[)/;

/**
 * Whether a text uses Markdown or formulas at all, so that a look at it rendered is worth offering.
 * @param {string} text
 */
export function uses(text) {
  const head = text.slice(0, LONGEST);
  return /^ {0,3}(#{1,6} \S|[-*+] \S|\d{1,9}[.)] \S|> |```|~~~)/m.test(head) || /\*\*\S|`[^`\n]+`|\]\(/.test(head) || usesMath(head);
}

/** @param {string} text */
export const usesMath = (text) => /\$\$|\\\(|\\\[|\\(frac|sqrt|sum|int|begin|le|ge|cdot|times|pi)\b/.test(text) || /(^|\s)\$[^\s$\d][^$\n]*\$/.test(text);

/** @param {{text: string}} props */
export function Markdown({ text }) {
  if (text.length > LONGEST) {
    return html`<p class="note">Longer than ${LONGEST.toLocaleString("en")} characters, so it stays raw.</p><${Text} text=${text} />`;
  }
  const count = { left: MOST_BLOCKS };
  return html`<div class="markdown" dir="auto">${blocks(text.replace(/\r\n?/g, "\n").split("\n"), 0, count)}
    ${count.left <= 0 && html`<p class="note">The rest is not drawn: it has too many parts.</p>`}</div>`;
}

/**
 * @param {string[]} lines
 * @param {number} depth
 * @param {{left: number}} count of blocks that may still be made
 */
function blocks(lines, depth, count) {
  const made = [];
  for (let at = 0; at < lines.length && count.left > 0;) {
    if (!lines[at].trim()) {
      at += 1;
      continue;
    }
    count.left -= 1;
    const [node, next] = block(lines, at, depth, count);
    made.push(node);
    at = next;
  }
  return made;
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {number} depth
 * @param {{left: number}} count
 * @returns {[any, number]} the block, and the line behind it
 */
function block(lines, at, depth, count) {
  const line = lines[at];
  const fence = FENCE.exec(line);
  if (fence) return code(lines, at, fence[1], fence[2]);
  const heading = HEADING.exec(line);
  if (heading) return [html`<p class=${`heading heading-${heading[1].length}`} role="heading" aria-level=${Math.min(6, heading[1].length + 1)}>${inline(line.slice(heading[0].length).trim().replace(/ #+$/, ""))}</p>`, at + 1];
  if (RULE.test(line)) return [html`<hr />`, at + 1];
  if (FORMULA.test(line)) return formula(lines, at);
  if (depth < DEEPEST && QUOTE.test(line)) return quote(lines, at, depth, count);
  if (depth < DEEPEST && ITEM.test(line)) return list(lines, at, depth, count);
  if (line.includes("|") && TABLE.test(lines[at + 1] ?? "") && lines[at + 1].includes("-")) return table(lines, at);
  return paragraph(lines, at);
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {string} mark
 * @param {string} language
 * @returns {[any, number]}
 */
function code(lines, at, mark, language) {
  let end = at + 1;
  while (end < lines.length && !(lines[end].trim().startsWith(mark) && !lines[end].trim().slice(mark.length).replaceAll(mark[0], ""))) end += 1;
  const inner = lines.slice(at + 1, end).join("\n");
  return [html`<figure class="code">${language.trim() && html`<figcaption>${plain(language.trim().slice(0, 40))}</figcaption>`}
    <pre tabindex="0" dir="ltr"><code>${plain(inner)}</code></pre></figure>`, end + 1];
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @returns {[any, number]}
 */
function formula(lines, at) {
  const opening = FORMULA.exec(lines[at])[1];
  const closing = opening === "$$" ? "$$" : "\\]";
  const rest = [lines[at].trimStart().slice(2)];
  let end = at + 1;
  while (!rest[rest.length - 1].includes(closing)) {
    if (end >= lines.length || !lines[end].trim()) return paragraph(lines, at);
    rest.push(lines[end]);
    end += 1;
  }
  const whole = rest.join("\n");
  const stop = whole.indexOf(closing);
  if (whole.slice(stop + 2).trim()) return paragraph(lines, at);
  return [html`<${Formula} code=${whole.slice(0, stop)} block=${true} />`, end];
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {number} depth
 * @param {{left: number}} count
 * @returns {[any, number]}
 */
function quote(lines, at, depth, count) {
  let end = at;
  const inner = [];
  while (end < lines.length && QUOTE.test(lines[end])) {
    inner.push(lines[end].replace(QUOTE, ""));
    end += 1;
  }
  return [html`<blockquote>${blocks(inner, depth + 1, count)}</blockquote>`, end];
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {number} depth
 * @param {{left: number}} count
 * @returns {[any, number]}
 */
function list(lines, at, depth, count) {
  const first = ITEM.exec(lines[at]);
  const ordered = /\d/.test(first[2]);
  const items = [];
  let end = at;
  while (end < lines.length && count.left > 0) {
    const item = ITEM.exec(lines[end]);
    if (!item || /\d/.test(item[2]) !== ordered) break;
    const indent = item[0].length;
    const inner = [lines[end].slice(indent)];
    end += 1;
    while (end < lines.length && inside(lines, end, indent)) {
      inner.push(lines[end].slice(Math.min(indent, lines[end].search(/\S|$/))));
      end += 1;
    }
    items.push(html`<li>${blocks(inner, depth + 1, count)}</li>`);
  }
  const start = ordered ? Number.parseInt(first[2], 10) : undefined;
  return [ordered ? html`<ol start=${start}>${items}</ol>` : html`<ul>${items}</ul>`, end];
}

/**
 * Whether a line goes on with the item: it is indented, or blank with an indented one behind it, or a lazy line of text.
 * @param {string[]} lines
 * @param {number} at
 * @param {number} indent
 */
function inside(lines, at, indent) {
  const depth = lines[at].search(/\S/);
  if (depth < 0) return (lines[at + 1] ?? "").search(/\S/) >= Math.min(indent, 2);
  return depth >= Math.min(indent, 2) || (!ITEM.test(lines[at]) && Boolean(lines[at - 1].trim()) && !FENCE.test(lines[at]) && !HEADING.test(lines[at]));
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @returns {[any, number]}
 */
function table(lines, at) {
  let end = at + 2;
  while (end < lines.length && lines[end].includes("|") && lines[end].trim()) end += 1;
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).slice(0, 50);
  const rows = lines.slice(at + 2, Math.min(end, at + 2 + MOST_ROWS)).map(cells);
  const node = html`<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>
    <thead><tr>${cells(lines[at]).map((cell) => html`<th scope="col">${inline(cell.trim())}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${inline(cell.trim())}</td>`)}</tr>`)}</tbody>
  </table></div>`;
  return [node, end];
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @returns {[any, number]}
 */
function paragraph(lines, at) {
  let end = at + 1;
  const starts = (line) => FENCE.test(line) || HEADING.test(line) || QUOTE.test(line) || RULE.test(line) || FORMULA.test(line) || ITEM.test(line);
  while (end < lines.length && lines[end].trim() && !starts(lines[end])) end += 1;
  return [html`<p dir="auto">${inline(lines.slice(at, end).join("\n").trim())}</p>`, end];
}
