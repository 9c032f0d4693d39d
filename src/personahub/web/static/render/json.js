/** JSON as a tree that opens where it is asked to; numbers keep the digits that they were written with. */
import { html, useState } from "../html.js";
import { plain } from "./text.js";

const LONGEST = 2_000_000; // characters that are read as JSON
const SHOWN = 100; // members of a list or an object that are shown at once
const OPEN_DEPTH = 2;

/** A number as it stands in the text. */
class Digits {
  /** @param {string} said */
  constructor(said) {
    this.said = said;
  }
}

/**
 * What a text holds as JSON, also where it was encoded twice; undefined where it is none.
 * @param {string} text
 * @returns {unknown}
 */
export function parsed(text) {
  let value = read(text);
  for (let again = 0; again < 2 && typeof value === "string"; again += 1) value = read(value);
  return typeof value === "object" && value !== null && !(value instanceof Digits) ? value : undefined;
}

/** @param {string} text */
function read(text) {
  if (text.length > LONGEST || !/^\s*[[{"]/.test(text)) return undefined;
  try {
    return JSON.parse(text, (_, value, context) =>
      typeof value === "number" && context?.source ? new Digits(context.source) : value);
  } catch {
    return undefined;
  }
}

/** @param {unknown} value */
export const isTree = (value) => typeof value === "object" && value !== null && !(value instanceof Digits);

/**
 * A value of JSON as text, as it would be written.
 * @param {unknown} value
 */
export function said(value) {
  if (value instanceof Digits) return value.said;
  if (typeof value === "string") return value;
  return JSON.stringify(value, (_, inner) => (inner instanceof Digits ? Number(inner.said) : inner), 1) ?? "";
}

/** @param {{value: unknown, depth?: number}} props */
export function Tree({ value, depth = 0 }) {
  if (!isTree(value)) return Leaf(value);
  const members = Array.isArray(value) ? value.map((one, index) => [index, one]) : Object.entries(value);
  if (!members.length) return html`<span class="json-mark">${Array.isArray(value) ? "[ ]" : "{ }"}</span>`;
  return html`<${Branch} members=${members} list=${Array.isArray(value)} depth=${depth} />`;
}

/** @param {{members: [string | number, unknown][], list: boolean, depth: number}} props */
function Branch({ members, list, depth }) {
  const [open, setOpen] = useState(depth < OPEN_DEPTH);
  const [shown, setShown] = useState(SHOWN);
  const count = `${members.length.toLocaleString("en")} ${list ? "items" : "fields"}`;
  return html`<details class="json" open=${open} onToggle=${(event) => setOpen(event.target.open)}>
    <summary>${list ? `[ ${count} ]` : `{ ${count} }`}</summary>
    ${open && html`<dl>${members.slice(0, shown).map(([name, one]) => html`<div>
      <dt class=${list ? "json-index" : ""}>${plain(String(name))}</dt>
      <dd><${Tree} value=${one} depth=${depth + 1} /></dd>
    </div>`)}</dl>`}
    ${open && members.length > shown && html`<button type="button" class="quiet" onClick=${() => setShown(shown + 10 * SHOWN)}>
      Show more: ${members.length - shown} are left
    </button>`}
  </details>`;
}

/** @param {unknown} value */
function Leaf(value) {
  if (typeof value === "string") return html`<span class="json-text" dir="auto">${plain(value)}</span>`;
  return html`<span class="json-value">${value instanceof Digits ? value.said : String(value)}</span>`;
}
