/** Markdown within a line: code, emphasis, links and formulas, in one pass over the text whatever it holds. */
import { html } from "../html.js";
import { Formula } from "./latex.js";
import { plain } from "./text.js";

const MOST_PIECES = 5_000; // of one block; the rest stays as it is written
const DEEPEST = 20; // marks within each other
const LONGEST_LINK = 2_000;
const TOKEN = /\\[\\`*_{}[\]()#+\-.!|~>$]|`+|\$\$?|\\\(|\\\[|\*{1,3}|_{1,3}|~~|!?\[|\]\(/g;
const TAGS = { "*": "em", "_": "em", "**": "strong", "__": "strong", "~~": "del" };
const WORD = /[\p{L}\p{N}]/u;

/**
 * Nodes of a line or paragraph.
 * @param {string} text
 */
export function inline(text) {
  return new Line(text).nodes();
}

class Line {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    /** @type {{mark: string, nodes: any[]}[]} what is open, the outermost first */
    this.stack = [{ mark: "", nodes: [] }];
    this.missing = new Set(); // closing marks that do not come any more
  }

  get top() {
    return this.stack[this.stack.length - 1];
  }

  nodes() {
    let last = 0;
    let pieces = 0;
    TOKEN.lastIndex = 0;
    for (let found = TOKEN.exec(this.text); found && pieces < MOST_PIECES; found = TOKEN.exec(this.text)) {
      const end = this.token(found[0], found.index, last);
      if (end === null) continue;
      last = end;
      pieces += 1;
      TOKEN.lastIndex = end;
    }
    this.push(this.text.slice(last));
    while (this.stack.length > 1) this.give_up();
    return this.top.nodes;
  }

  /** @param {string} text */
  push(text) {
    if (text) this.top.nodes.push(...plain(text));
  }

  /** The innermost open mark was no mark: it is text. */
  give_up() {
    const { mark, nodes } = this.stack.pop();
    this.top.nodes.push(mark, ...nodes);
  }

  /**
   * @param {string} token
   * @param {number} start
   * @param {number} last where what was taken ends
   * @returns {number | null} where the token's own text ends; null where it means nothing here
   */
  token(token, start, last) {
    const before = this.text.slice(last, start);
    if (token[0] === "`") return this.verbatim(before, start, token, token, (code) => html`<code>${plain(code)}</code>`);
    if (token === "$" || token === "$$" || token === "\\(" || token === "\\[") return this.formula(before, start, token);
    if (token[0] === "\\") {
      this.push(before + token[1]);
      return start + 2;
    }
    if (token === "[" || token === "![") return this.stack.length < DEEPEST ? this.open(before, token, start) : null;
    if (token === "](") return this.link(before, start);
    return token in TAGS || token.length === 3 ? this.emphasis(before, token, start) : null;
  }

  /**
   * @param {string} before
   * @param {string} token
   * @param {number} start
   */
  open(before, token, start) {
    this.push(before);
    this.stack.push({ mark: token, nodes: [] });
    return start + token.length;
  }

  /**
   * @param {string} before
   * @param {number} start
   * @param {string} opening
   * @param {string} closing
   * @param {(inner: string) => any} node
   */
  verbatim(before, start, opening, closing, node) {
    const from = start + opening.length;
    const end = this.missing.has(closing) ? -1 : this.text.indexOf(closing, from);
    if (end < 0) {
      this.missing.add(closing);
      return null;
    }
    this.push(before);
    this.top.nodes.push(node(this.text.slice(from, end)));
    return end + closing.length;
  }

  /**
   * @param {string} before
   * @param {number} start
   * @param {string} token
   */
  formula(before, start, token) {
    const closing = { "\\(": "\\)", "\\[": "\\]" }[token] ?? token;
    const next = this.text[start + token.length] ?? " ";
    if (token === "$" && (/\s/.test(next) || !this.priced(start))) return null;
    const block = token === "$$" || token === "\\[";
    return this.verbatim(before, start, token, closing, (code) => html`<${Formula} code=${code} block=${block} />`);
  }

  /**
   * Whether a dollar sign opens a formula: its fellow touches what stands before it, and no digit follows (prices).
   * @param {number} start
   */
  priced(start) {
    const end = this.missing.has("$") ? -1 : this.text.indexOf("$", start + 1);
    if (end < 0) this.missing.add("$");
    return end > 0 && !/\s/.test(this.text[end - 1]) && !/\d/.test(this.text[end + 1] ?? "");
  }

  /**
   * @param {string} before
   * @param {string} token
   * @param {number} start
   */
  emphasis(before, token, start) {
    const touches = (place) => place >= 0 && place < this.text.length && !/\s/.test(this.text[place]);
    const left = touches(start - 1);
    const right = touches(start + token.length);
    const inside = token[0] === "_" && left && right && WORD.test(this.text[start - 1]) && WORD.test(this.text[start + token.length]);
    if (inside || !(left || right)) return null;
    const opened = this.stack.findLastIndex((one) => one.mark === token);
    if (left && opened > 0) {
      this.push(before);
      while (this.stack.length > opened + 1) this.give_up();
      const { nodes } = this.stack.pop();
      this.top.nodes.push(token.length === 3 ? html`<strong><em>${nodes}</em></strong>` : html`<${TAGS[token]}>${nodes}<//>`);
      return start + token.length;
    }
    return right && this.stack.length < DEEPEST ? this.open(before, token, start) : null;
  }

  /**
   * @param {string} before
   * @param {number} start
   */
  link(before, start) {
    const opened = this.stack.findLastIndex((one) => one.mark === "[" || one.mark === "![");
    const end = this.text.slice(start + 2, start + 2 + LONGEST_LINK).search(/[)\n]/);
    if (opened < 1 || end < 0) return null;
    this.push(before);
    while (this.stack.length > opened + 1) this.give_up();
    const { mark, nodes } = this.stack.pop();
    const target = this.text.slice(start + 2, start + 2 + end).trim().split(/\s/)[0];
    this.top.nodes.push(mark === "[" ? link(nodes, target) : html`<span class="picture">picture: ${nodes} (${plain(target)})</span>`);
    return start + 2 + end + 1;
  }
}

/**
 * Only the web can be linked to, and where a link goes is said beside it.
 * @param {any[]} nodes
 * @param {string} target
 */
function link(nodes, target) {
  if (!/^https?:\/\//i.test(target)) return html`<span>${nodes} <span class="target">(${plain(target)})</span></span>`;
  return html`<a href=${target} rel="noopener noreferrer nofollow" target="_blank">${nodes}</a>
    <span class="target"> (${plain(target)})</span>`;
}
