/** Formulas of TeX to MathML nodes, by a parser of its own; what it does not know, or is broken, stays as written. */
import { h, html } from "../html.js";
import { ACCENTS, BELOW, FUNCTIONS, LARGE, LETTERS, LIMITS, OPERATORS, SPACES, styled, STYLES, TEXTS } from "./symbols.js";
import { plain } from "./text.js";

const LONGEST = 4_000; // characters of a formula
const DEEPEST = 24;
const MOST = 3_000; // nodes
const TOKEN = /\\(?:[A-Za-z]+\*?|[\s\S])|\d+(?:\.\d+)?|%[^\n]*|\s+|[\s\S]/gu;
const FENCES = { pmatrix: ["(", ")"], bmatrix: ["[", "]"], Bmatrix: ["{", "}"], vmatrix: ["|", "|"], Vmatrix: ["‖", "‖"], cases: ["{", ""],
  matrix: ["", ""], array: ["", ""], aligned: ["", ""], align: ["", ""], "align*": ["", ""], split: ["", ""], gathered: ["", ""],
  equation: ["", ""], "equation*": ["", ""], gather: ["", ""], "gather*": ["", ""], smallmatrix: ["", ""] };
const ESCAPED = new Set(["{", "}", "%", "$", "#", "&", "_"]);
const SILENT = new Set(["displaystyle", "textstyle", "limits", "nolimits", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "nonumber"]);

class Broken extends Error {}

/** @param {{code: string, block?: boolean}} props */
export function Formula({ code, block = false }) {
  try {
    const row = new Reading(code).whole();
    return h("math", { display: block ? "block" : "inline", class: block ? "formula" : null }, h("semantics", null, row,
      h("annotation", { encoding: "application/x-tex" }, code)));
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return html`<code class="broken" title=${`not drawn: ${error.message}`}>${plain(code)}</code>`;
  }
}

class Reading {
  /** @param {string} code */
  constructor(code) {
    if (code.length > LONGEST) throw new Broken("the formula is too long");
    this.tokens = (code.match(TOKEN) ?? []).filter((token) => token[0] !== "%" && !/^\s+$/.test(token));
    this.spaced = code.match(TOKEN) ?? []; // text in it keeps its spaces
    this.at = 0;
    this.count = 0;
    this.depth = 0;
  }

  whole() {
    const row = this.row(() => this.at >= this.tokens.length);
    return row;
  }

  get token() {
    return this.tokens[this.at];
  }

  /** @param {() => boolean} ends */
  row(ends) {
    this.depth += 1;
    if (this.depth > DEEPEST) throw new Broken("too deep");
    const nodes = [];
    while (!ends()) {
      if (this.at >= this.tokens.length) throw new Broken("it ends too early");
      nodes.push(this.scripted());
    }
    this.depth -= 1;
    return h("mrow", null, nodes);
  }

  /** One part with what stands above and below it. */
  scripted() {
    this.count += 1;
    if (this.count > MOST) throw new Broken("too many parts");
    const large = this.takesLimits();
    const base = this.token === "^" || this.token === "_" ? h("mrow") : this.part();
    let below = null;
    let above = null;
    for (let sign = this.token; sign === "^" || sign === "_" || sign === "'"; sign = this.token) {
      this.at += 1;
      if (sign === "_") below = once(below, this.argument());
      else above = sign === "'" ? primes(above) : once(above, this.argument());
    }
    return attach(base, below, above, large);
  }

  takesLimits() {
    const name = this.token?.slice(1);
    return this.token?.[0] === "\\" && (LIMITS.has(name) || (LARGE.has(name) && !name.includes("int")));
  }

  argument() {
    if (this.at >= this.tokens.length) throw new Broken("something is missing at its end");
    if (this.token === "{") return this.group();
    this.count += 1;
    if (!/^\d./.test(this.token)) return this.part();
    const [digit] = this.token; // \frac12 is a half
    this.tokens[this.at] = this.token.slice(1);
    return h("mn", null, digit);
  }

  group() {
    this.expect("{");
    const row = this.row(() => this.token === "}");
    this.at += 1;
    return row;
  }

  /** @param {string} token */
  expect(token) {
    if (this.token !== token) throw new Broken(`${token} is missing`);
    this.at += 1;
  }

  part() {
    const token = this.token;
    if (token === "{") return this.group();
    if (token === "}" || token === "&") throw new Broken(`${token} stands where it cannot`);
    this.at += 1;
    if (token[0] === "\\") return this.command(token.slice(1));
    if (/^\d/.test(token)) return h("mn", null, token);
    if (token === "~") return space("0.33em");
    return /^\p{L}$/u.test(token) ? h("mi", null, token) : h("mo", token === "|" ? { stretchy: "false" } : null, plain(token === "-" ? "−" : token));
  }

  /** @param {string} name */
  command(name) {
    if (LETTERS.has(name)) return h("mi", null, LETTERS.get(name));
    if (SPACES.has(name)) return space(SPACES.get(name));
    if (OPERATORS.has(name)) return h("mo", null, OPERATORS.get(name));
    if (LARGE.has(name)) return h("mo", null, LARGE.get(name));
    if (FUNCTIONS.has(name) || LIMITS.has(name)) return h("mi", null, name);
    if (ESCAPED.has(name)) return h("mo", { stretchy: "false" }, name);
    if (name === "|") return h("mo", null, "‖");
    if (SILENT.has(name)) return h("mrow");
    if (name === "\\") return h("mspace", { linebreak: "newline" });
    return this.structure(name);
  }

  /** @param {string} name */
  structure(name) {
    if (["frac", "dfrac", "tfrac", "cfrac"].includes(name)) return h("mfrac", null, this.argument(), this.argument());
    if (["binom", "dbinom", "tbinom"].includes(name)) {
      return h("mrow", null, h("mo", null, "("), h("mfrac", { linethickness: "0" }, this.argument(), this.argument()), h("mo", null, ")"));
    }
    if (name === "sqrt") return this.root();
    if (ACCENTS.has(name)) return h("mover", { accent: "true" }, this.argument(), h("mo", null, ACCENTS.get(name)));
    if (BELOW.has(name)) return h("munder", null, this.argument(), h("mo", null, BELOW.get(name)));
    if (name === "left") return this.fenced();
    if (name === "begin") return this.environment();
    if (TEXTS.has(name)) return this.words(name);
    if (STYLES.has(name)) return this.style(STYLES.get(name));
    if (name === "boxed") return h("mrow", { class: "boxed" }, this.argument());
    if (["overset", "underset", "stackrel"].includes(name)) return this.stacked(name);
    if (name === "pmod") return h("mrow", null, h("mo", null, "("), h("mi", null, "mod"), space("0.33em"), this.argument(), h("mo", null, ")"));
    if (name === "not") return h("mrow", { class: "not" }, this.argument(), h("mo", null, "̸"));
    throw new Broken(`\\${name.slice(0, 30)} is not known here`);
  }

  root() {
    if (this.token !== "[") return h("msqrt", null, this.argument());
    this.at += 1;
    const degree = this.row(() => this.token === "]");
    this.at += 1;
    return h("mroot", null, this.argument(), degree);
  }

  /** @param {string} name */
  stacked(name) {
    const mark = this.argument();
    return h(name === "underset" ? "munder" : "mover", null, this.argument(), mark);
  }

  fence() {
    const token = this.token ?? "";
    this.at += 1;
    if (token === ".") return "";
    return token[0] === "\\" ? OPERATORS.get(token.slice(1)) ?? { "{": "{", "}": "}", "|": "‖" }[token[1]] ?? "" : token;
  }

  fenced() {
    const opening = this.fence();
    const inner = this.row(() => this.token === "\\right");
    this.at += 1;
    const closing = this.fence();
    return h("mrow", null, h("mo", { fence: "true", stretchy: "true" }, opening), inner, h("mo", { fence: "true", stretchy: "true" }, closing));
  }

  name() {
    this.expect("{");
    let name = "";
    for (; this.token !== "}"; this.at += 1) {
      if (this.token === undefined || name.length > 30) throw new Broken("a name does not end");
      name += this.token;
    }
    this.at += 1;
    return name;
  }

  environment() {
    const name = this.name();
    const fences = Object.hasOwn(FENCES, name) ? FENCES[name] : null;
    if (!fences) throw new Broken(`${name.slice(0, 30)} is not known here`);
    if (name === "array" && this.token === "{") this.name();
    const rows = [[]];
    while (this.token !== "\\end") {
      const cell = this.row(() => this.token === "&" || this.token === "\\\\" || this.token === "\\end");
      rows[rows.length - 1].push(h("mtd", null, cell));
      if (this.token === "\\\\") rows.push([]);
      if (this.token !== "\\end") this.at += 1;
    }
    this.at += 1;
    if (this.name() !== name) throw new Broken(`${name} does not end`);
    const left = name === "cases" || name.startsWith("align") || name === "split";
    const table = h("mtable", { class: left ? "left" : null }, rows.filter((row) => row.length).map((row) => h("mtr", null, row)));
    return h("mrow", null, h("mo", { stretchy: "true" }, fences[0]), table, h("mo", { stretchy: "true" }, fences[1]));
  }

  /** @param {string} name */
  words(name) {
    const from = this.place(this.at);
    this.expect("{");
    for (let open = 1; open; this.at += 1) {
      if (this.token === undefined) throw new Broken("} is missing");
      open += (this.token === "{" ? 1 : 0) - (this.token === "}" ? 1 : 0);
    }
    const text = this.spaced.slice(from + 1, this.place(this.at - 1)).join("").replace(/\\([%$#&_{}])/g, "$1").replace(/^\s|\s$/g, "\u00a0");
    return h(name === "operatorname" ? "mi" : "mtext", { class: name === "textbf" ? "bold" : null }, plain(text));
  }

  /**
   * The place of a token among those with the spaces.
   * @param {number} wanted
   */
  place(wanted) {
    let seen = -1;
    return this.spaced.findIndex((token) => {
      if (token[0] !== "%" && !/^\s+$/.test(token)) seen += 1;
      return seen === wanted;
    });
  }

  /** @param {string} style */
  style(style) {
    const from = this.at;
    const inner = this.argument();
    const letters = this.tokens.slice(from, this.at).filter((token) => token !== "{" && token !== "}");
    if (!letters.every((token) => /^[A-Za-z\d]/.test(token))) return inner;
    return h("mi", style === "normal" ? { mathvariant: "normal" } : null, letters.map((token) => [...token].map((one) => styled(one, style)).join("")).join(""));
  }
}

/**
 * @param {any} there
 * @param {any} node
 */
function once(there, node) {
  if (there) throw new Broken("two of the same script");
  return node;
}

/** @param {any} above */
function primes(above) {
  return above ? h("mrow", null, above, h("mo", null, "′")) : h("mo", null, "′");
}

/** @param {string} width */
const space = (width) => h("mspace", { width });

/**
 * @param {any} base
 * @param {any} below
 * @param {any} above
 * @param {boolean} large
 */
function attach(base, below, above, large) {
  if (below && above) return h(large ? "munderover" : "msubsup", null, base, below, above);
  if (below) return h(large ? "munder" : "msub", null, base, below);
  return above ? h(large ? "mover" : "msup", null, base, above) : base;
}
