/** The texts of a record: raw, with hits marked; rendered where that is asked for. */
import { html, useMemo } from "../html.js";
import { later, useLater } from "../later.js";
import { Text } from "../render/text.js";

/** How texts are drawn, of which only those who want them rendered have need. */
const forms = later(async () => (await import("../render/form.js")).form);

const NAMES = { persona: "Persona", text: "Text", description: "Description", detail: "Detail" };

/**
 * @param {{name: string, text: string, marks?: number[][], whole?: number, rendered: boolean, first?: number}} props
 * `whole`: how many characters the text has where it was cut
 */
export function Field({ name, text, marks = [], whole, rendered, first }) {
  const form = useLater(forms, rendered).there;
  const drawn = useMemo(() => (rendered && form ? form(text) : null), [text, rendered, form]);
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
