/** The texts of a record: raw, with hits marked; rendered where that is asked for. */
import { html, useMemo } from "../html.js";
import { Chat, turns } from "../render/chat.js";
import { parsed, Tree } from "../render/json.js";
import { Markdown, uses } from "../render/markdown.js";
import { Text } from "../render/text.js";
import { isTool, Tool } from "../render/tool.js";

const LOOKED_AT = 2_000_000; // characters: what is longer is only ever shown raw

/**
 * What a text can be drawn as, besides as it is.
 * @param {string} text
 * @returns {{name: string, draw: () => any} | null}
 */
export function form(text) {
  if (text.length > LOOKED_AT) return null;
  const value = parsed(text);
  if (value !== undefined) {
    const talk = turns(value);
    if (talk) return { name: "turns", draw: () => html`<${Chat} value=${talk} />` };
    if (isTool(value)) return { name: "tool", draw: () => html`<${Tool} tool=${value} />` };
    return { name: "JSON", draw: () => html`<${Tree} value=${value} />` };
  }
  return uses(text) ? { name: "Markdown", draw: () => html`<${Markdown} text=${text} />` } : null;
}

const NAMES = { persona: "Persona", text: "Text", description: "Description", detail: "Detail" };

/**
 * @param {{name: string, text: string, marks?: number[][], whole?: number, rendered: boolean, first?: number}} props
 * `whole`: how many characters the text has where it was cut
 */
export function Field({ name, text, marks = [], whole, rendered, first }) {
  const drawn = useMemo(() => (rendered ? form(text) : null), [text, rendered]);
  return html`<section class=${`field field-${name}`}>
    <p class="title">${NAMES[name] ?? name}${drawn && html` <span class="kind">shown as ${drawn.name}</span>`}</p>
    ${drawn ? html`<div class="rendered">${drawn.draw()}</div>` : html`<${Text} text=${text} marks=${marks} first=${first} />`}
    ${whole && html`<p class="note">The first 20,000 of ${whole.toLocaleString("en")} characters; all of it in the large view (o).</p>`}
  </section>`;
}

/**
 * The fields of a record in the order of its table.
 * @param {{record: any, names: string[], rendered: boolean, first?: number}} props
 */
export function Fields({ record, names, rendered, first }) {
  return names.filter((name) => record.texts[name]).map((name) => html`<${Field} key=${name} name=${name} text=${record.texts[name]}
    marks=${record.marks?.[name]} whole=${record.cut?.[name]} rendered=${rendered} first=${first} />`);
}
