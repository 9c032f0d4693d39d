/** Many records at once: those that were selected, or all of the view, told by number before anything is done. */
import { useAsked } from "../asked.js";
import { post } from "../api.js";
import { Cell, useCell } from "../cell.js";
import { counted, html, number, useState } from "../html.js";
import { bulkDone } from "../judging.js";
import { key } from "../outbox.js";
import { changed, hub, say, wrong } from "../session.js";
import { ticked } from "../ticked.js";
import { questions } from "../typed.js";
import { view } from "../url.js";
import { Dialog } from "./dialog.js";
import { Wrong } from "./status.js";

export const bulkOpen = new Cell(false);
const ACTIONS = { submit: "Submit", discard: "Discard", draft: "Keep as drafts", skip: "Skip", clear: "Back to pending" };

/** @param {{here: import("../url.js").Place, total: string}} props */
export function Bulk({ here, total }) {
  const ticks = useCell(ticked);
  const open = useCell(bulkOpen);
  if (here.table === "rejected") return null;
  return html`${ticks.size > 0 && html`<div class="bulk-bar" role="region" aria-label="Selected">
      <strong>${counted(ticks.size, "record")} selected</strong>
      <button type="button" class="main" onClick=${() => bulkOpen.set(true)}>Act on them <kbd>b</kbd></button>
      <button type="button" onClick=${() => ticked.set(new Set())}>Select none</button>
    </div>`}
    ${open && html`<${Choose} here=${here} ids=${[...ticks]} total=${total} />`}`;
}

/** @param {{here: import("../url.js").Place, ids: string[], total: string}} props */
function Choose({ here, ids, total }) {
  const [whole, setWhole] = useState(ids.length === 0);
  const [action, setAction] = useState("submit");
  const [rating, setRating] = useState(/** @type {number | undefined} */ (undefined));
  const [busy, setBusy] = useState(false);
  const rates = questions.value?.find((one) => one.kind === "rating");
  const answers = rates && rating !== undefined ? { [rates.name]: rating } : {};
  const body = { view: view(here), ids: whole ? null : ids, action, answers };
  const { answer, error } = useAsked("/api/bulk", { ...body, preview: true });
  const close = () => bulkOpen.set(false);
  const go = async () => {
    setBusy(true);
    try {
      const done = await post("/api/bulk", { ...body, preview: false, key: key() });
      bulkDone(done);
      changed.update((times) => times + 1);
      ticked.set(new Set());
      close();
      say(`${ACTIONS[action]}: ${counted(done.changing, "record")}. One undo takes all of it back.`);
    } catch (trouble) {
      wrong(trouble);
    }
    setBusy(false);
  };
  return html`<${Dialog} title="Many records at once" close=${close}>
    <fieldset><legend>Which</legend>
      <label><input type="radio" name="which" checked=${!whole} disabled=${!ids.length} onChange=${() => setWhole(false)} /> the ${number(ids.length)} selected</label>
      <label><input type="radio" name="which" checked=${whole} onChange=${() => setWhole(true)} /> all ${total} of this list</label>
    </fieldset>
    <fieldset><legend>What</legend>${Object.entries(ACTIONS).map(([name, label]) => html`<label key=${name}>
      <input type="radio" name="what" checked=${action === name} onChange=${() => setAction(name)} /> ${label}</label>`)}</fieldset>
    ${rates && action !== "clear" && html`<label class="line">${rates.title} <select value=${rating ?? ""} onChange=${(event) => setRating(event.target.value === "" ? undefined : Number(event.target.value))}>
      <option value="">as they are</option>${Array.from({ length: Math.min(101, rates.most - rates.least + 1) }, (_, index) => html`<option value=${rates.least + index}>${rates.least + index}</option>`)}</select></label>`}
    <${Wrong} error=${error} />
    ${answer?.refused && html`<p class="wrong" role="alert">${answer.refused}</p>`}
    <p class="preview" role="status">${answer ? html`<strong>${number(answer.changing)}</strong> of ${counted(answer.records, "record")} will change.` : "Counting …"}</p>
    <div class="decide"><button type="button" class="main" disabled=${busy || !answer || answer.refused || hub.value.read_only || answer.changing === 0} onClick=${go}>
      ${ACTIONS[action]}: ${answer ? counted(answer.changing, "record") : "…"}</button>
      <button type="button" onClick=${close}>Cancel</button></div>
  <//>`;
}
