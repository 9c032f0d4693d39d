/** What a correction changed, word by word: the shortest way from one text to the other (Myers 1986), within a limit. */
import { html } from "../html.js";
import { plain } from "./text.js";

const MOST_WORDS = 20_000;
const MOST_CHANGES = 600; // more, and the middle is shown as replaced whole

const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

/**
 * @param {string} before
 * @param {string} after
 * @returns {{kind: "same" | "gone" | "new", text: string}[]}
 */
export function changes(before, after) {
  if (before === after) return before ? [{ kind: "same", text: before }] : [];
  if (before.length + after.length > 400_000) return pieces([["gone", [before]], ["new", [after]]]);
  const old = [...segmenter.segment(before)].map((one) => one.segment);
  const now = [...segmenter.segment(after)].map((one) => one.segment);
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < now.length - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  const middle = between(old.slice(head, old.length - tail), now.slice(head, now.length - tail));
  return pieces([["same", old.slice(0, head)], ...middle, ["same", old.slice(old.length - tail)]]);
}

/**
 * @param {string[]} old
 * @param {string[]} now
 * @returns {["same" | "gone" | "new", string[]][]}
 */
function between(old, now) {
  const whole = [["gone", old], ["new", now]];
  if (!old.length || !now.length || old.length + now.length > MOST_WORDS) return /** @type {any} */ (whole);
  const furthest = new Map([[1, 0]]);
  const trace = [];
  for (let depth = 0; depth <= MOST_CHANGES; depth += 1) {
    trace.push(new Map(furthest));
    for (let line = -depth; line <= depth; line += 2) {
      let x = down(furthest, line, depth) ? furthest.get(line + 1) ?? 0 : (furthest.get(line - 1) ?? 0) + 1;
      while (x < old.length && x - line < now.length && old[x] === now[x - line]) x += 1;
      furthest.set(line, x);
      if (x >= old.length && x - line >= now.length) return walked(trace, old, now);
    }
  }
  return /** @type {any} */ (whole);
}

/**
 * Whether the way to a diagonal comes by an insertion.
 * @param {Map<number, number>} furthest
 * @param {number} line
 * @param {number} depth
 */
function down(furthest, line, depth) {
  return line === -depth || (line !== depth && (furthest.get(line - 1) ?? -1) < (furthest.get(line + 1) ?? -1));
}

/**
 * @param {Map<number, number>[]} trace
 * @param {string[]} old
 * @param {string[]} now
 */
function walked(trace, old, now) {
  /** @type {["same" | "gone" | "new", string[]][]} */
  const steps = [];
  let x = old.length;
  let y = now.length;
  for (let depth = trace.length - 1; depth >= 0; depth -= 1) {
    const before = trace[depth];
    const line = x - y;
    const from = down(before, line, depth) ? line + 1 : line - 1;
    const startX = before.get(from) ?? 0;
    const startY = startX - from;
    while (x > startX && y > startY && x > 0 && y > 0) {
      x -= 1;
      y -= 1;
      steps.push(["same", [old[x]]]);
    }
    if (depth === 0) break;
    if (x === startX) steps.push(["new", [now[y - 1]]]);
    else steps.push(["gone", [old[x - 1]]]);
    x = startX;
    y = startY;
  }
  return steps.reverse();
}

/**
 * Neighbours of one kind as one piece.
 * @param {["same" | "gone" | "new", string[]][]} steps
 */
function pieces(steps) {
  /** @type {{kind: "same" | "gone" | "new", text: string}[]} */
  const made = [];
  for (const [kind, words] of steps) {
    const text = words.join("");
    const last = made[made.length - 1];
    if (!text) continue;
    if (last?.kind === kind) last.text += text;
    else made.push({ kind, text });
  }
  return made;
}

/** @param {{before: string, after: string}} props */
export function Diff({ before, after }) {
  const found = changes(before, after);
  if (found.every((one) => one.kind === "same")) return html`<p class="note">Nothing is changed yet.</p>`;
  return html`<div class="text diff" dir="auto" role="group" aria-label="What the correction changes">${found.map(({ kind, text }) =>
    (kind === "same" ? html`<span>${plain(text)}</span>` : kind === "gone" ? html`<del>${plain(text)}</del>` : html`<ins>${plain(text)}</ins>`))}</div>`;
}
