/** A list without records: why, and what to do. */
import { html, number } from "../html.js";
import { START, go } from "../url.js";

const MAKES = { texts: "personahub extract", personas: "personahub extract", samples: "personahub synthesize" };
const NAMES = { "filters": "the filter", query: "the words", where: "the condition", show: "“kept only”", selection: "the selection", near: "the likeness", area: "the area of the map", task: "the task" };

/**
 * What a condition is let go by.
 * @param {import("../url.js").Place} here
 * @param {string} what
 */
function without(here, what) {
  const [first, ...rest] = what.split(".");
  if (first !== "filters") return first === "judged_by" ? { by: "" } : first === "show" ? { show: "all" } : { [first]: START[first] };
  const { [rest.join(".")]: _, ...left } = here.filters;
  return { filters: left };
}

/** @param {string} what */
function named(what) {
  const [first, ...rest] = what.split(".");
  return first === "filters" ? `the filter on ${rest.join(".")}` : NAMES[first] ?? what;
}

/** @param {{here: import("../url.js").Place, empty: {reason: string, drop?: {what: string, total: number}[]}}} props */
export function Empty({ here, empty }) {
  const drop = (empty.drop ?? []).filter((one) => one.total > 0);
  return html`<div class="empty">
    ${empty.reason === "no_data" && html`<h2>There are no ${here.table} yet</h2>
      <p>${MAKES[here.table] ? html`<code>${MAKES[here.table]} HUB …</code> makes them, or the screen <button type="button" class="link" onClick=${() => go({ screen: "runs" })}>Runs</button> does.` : "Nothing was rejected: that is good."}</p>`}
    ${empty.reason === "no_vectors" && html`<h2>Nothing to compare with</h2><p>These records have no vectors in this field yet. They are made with the first question; try another field, or wait.</p>`}
    ${empty.reason === "all_judged" && html`<h2>All judged</h2><p>Nothing is pending here. <button type="button" class="link"
      onClick=${() => go({ filters: { ...here.filters, status: { in: ["submitted"] } } })}>Look at what was kept</button></p>`}
    ${empty.reason === "no_hits" && html`<h2>Nothing has all of it</h2>
      ${here.query && html`<p>Words are looked for whole: <code>nurs*</code> finds what begins so, <code>nurse OR cook</code> what has one of them.</p>`}`}
    ${drop.length > 0 && html`<ul>${drop.map((one) => html`<li key=${one.what}><button type="button" onClick=${() => go(without(here, one.what))}>
      Without ${named(one.what)}: ${number(one.total)}</button></li>`)}</ul>`}
  </div>`;
}
