/** In what order the records come. */
import { html, memo } from "../html.js";
import { useColumns } from "../records.js";
import { go } from "../url.js";

const ORDERS = { order: "as they came", random: "at random", disagreement: "most disagreed on", kept: "nearest to what was submitted" };

/** @param {{here: import("../url.js").Place, seen: boolean}} props `seen`: whether there are records */
function Choice({ here, seen }) {
  const columns = useColumns(here, seen).columns.filter((one) => one.kind === "number" || (one.kind === "terms" && !one.type.startsWith("list")));
  if (here.near) return null;
  const now = here.sort || (here.query ? "relevance" : "order");
  const orders = here.table === "rejected" ? { order: ORDERS.order, random: ORDERS.random } : ORDERS;
  return html`<span class="sort"><label>Order <select value=${now} onChange=${(event) => go({ sort: event.target.value, seed: event.target.value === "random" ? Math.floor(Math.random() * 1e6) : 0 })}>
      ${here.query && html`<option value="relevance">most relevant</option>`}
      ${Object.entries(orders).map(([value, label]) => html`<option value=${value}>${label}</option>`)}
      <optgroup label="by column">${columns.map((one) => html`<option value=${one.name}>${one.name}</option>`)}</optgroup>
    </select></label>
    <button type="button" class="quiet" aria-pressed=${here.down} aria-label="turned around" title="turn around" onClick=${() => go({ down: !here.down })}>${here.down ? "↓" : "↑"}</button></span>`;
}
export const Sort = memo(Choice);
