/** What the list is like: the reference on top, by which field, most or least, and from which likeness on. */
import { html, useEffect, useRef, useState } from "../html.js";
import { tableOf } from "../session.js";
import { total } from "../records.js";
import { go } from "../url.js";
import { Reference } from "./card.js";

/** @param {{here: import("../url.js").Place, list: any, act: any}} props */
export function Near({ here, list, act }) {
  const { near } = here;
  const reference = list.answer?.reference;
  const change = (part, how) => go({ near: { ...near, ...part } }, how);
  return html`<section class="near" aria-label="Similar">
    <div class="near-line">
      <strong>${near.order === "least" ? "Least like" : "Most like"} ${near.text === undefined ? "this record" : "these words"}</strong>
      <label>by <select value=${near.field} onChange=${(event) => change({ field: event.target.value })}>
        ${(tableOf(here.table)?.fields ?? []).map((name) => html`<option value=${name}>${name}</option>`)}</select></label>
      <label><span class="hidden">most or least</span><select value=${near.order ?? "most"} onChange=${(event) => change({ order: event.target.value })}>
        <option value="most">most similar</option><option value="least">least similar</option></select></label>
      <${Threshold} near=${near} total=${list.answer && total(list.answer)} change=${change} />
      <button type="button" onClick=${() => go({ near: null })}>Leave <kbd>⇧S</kbd></button>
    </div>
    ${reference && html`<${Reference} record=${reference} field=${near.field} act=${act} />`}
  </section>`;
}

/** @param {{near: any, total: string | undefined, change: (part: object, how?: "replace") => void}} props */
function Threshold({ near, total: found, change }) {
  const end = near.order === "least" ? "max" : "min";
  const there = near[end] ?? (end === "min" ? -1 : 1);
  const [value, setValue] = useState(there);
  const waits = useRef(0);
  useEffect(() => setValue(there), [there]);
  return html`<label class="threshold">${end === "min" ? "from" : "up to"} <input type="range" min="-1" max="1" step="0.01" value=${value}
      aria-valuetext=${`cosine ${Number(value).toFixed(2)}`} onInput=${(event) => {
        const next = Number(event.target.value);
        setValue(next);
        clearTimeout(waits.current);
        waits.current = setTimeout(() => change({ [end]: next }, "replace"), 80);
      }} /> <output>${Number(value).toFixed(2)}</output>${found && html` <span class="count">${found}</span>`}</label>`;
}
