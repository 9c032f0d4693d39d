/** The records as a landscape: near each other what is alike in meaning. */
import { useAsked } from "../asked.js";
import { post } from "../api.js";
import { useCell } from "../cell.js";
import { html, number, useState } from "../html.js";
import { useJob } from "../job.js";
import { Chips, conditions } from "../parts/chips.js";
import { Picture } from "../parts/picture.js";
import { SearchLine } from "../parts/search.js";
import { Wrong } from "../parts/status.js";
import { useColumns } from "../records.js";
import { tableOf, wrong } from "../session.js";
import { go, place, view } from "../url.js";

export function Landscape() {
  const here = useCell(place);
  const table = tableOf(here.table);
  const fields = table?.vectors?.length ? table.vectors : table?.fields ?? [];
  const [chosen, setField] = useState("");
  const field = fields.includes(chosen) ? chosen : fields[0];
  const [times, setTimes] = useState(0);
  const has = Boolean(field) && !["rejected", "texts"].includes(here.table);
  const { answer, error } = useAsked("/api/map", has ? { table: here.table, field } : null, { again: times });
  const [job, setJob] = useState(/** @type {string | null} */ (null));
  const again = () => setTimes((now) => now + 1);
  const working = useJob(job ?? answer?.job ?? null, again);
  const make = () => post("/api/map/make", { table: here.table, field }).then((made) => setJob(made.job), wrong);
  const narrowed = Boolean(here.query || here.near || here.task || conditions(here).length);
  return html`<div class="screen map-screen"><h1>Map</h1><${SearchLine} here=${here} /><${Chips} here=${here} />
    <${Wrong} error=${error} again=${again} />
    ${!has && html`<p class="empty">These records have no map: choose personas or samples.</p>`}
    ${has && html`<div class="map-line">
      <label>by <select value=${field} onChange=${(event) => setField(event.target.value)}>${fields.map((name) => html`<option value=${name}>${name}</option>`)}</select></label>
      <${Colour} here=${here} />
      ${answer?.state === "ready" && html`<span class="note">${number(answer.count)} records, laid out by ${answer.embedder}</span>`}</div>`}
    ${answer?.state === "none" && html`<div class="empty"><h2>There is no map of ${here.table} yet</h2>
      <p>It is laid out once, from what the texts mean, and kept in the hub.</p><button type="button" class="main" onClick=${make}>Make the map</button></div>`}
    ${answer?.state === "making" && html`<div class="empty" role="status"><h2>The map is being made</h2><${Steps} state=${working.state} /></div>`}
    <${Wrong} error=${working.state?.state === "failed" ? new Error(working.state.message) : working.error} />
    ${answer?.state === "ready" && html`<${Picture} key=${`${here.table}/${field}`} here=${here} field=${field} land=${answer} narrowed=${narrowed ? view({ ...here, sort: "", down: false, seed: 0 }) : null} />`}
  </div>`;
}

/** @param {{here: import("../url.js").Place}} props */
function Colour({ here }) {
  const columns = useColumns(here, true).columns.filter((one) => one.kind === "terms" || one.kind === "number").map((one) => one.name);
  return html`<label>colour by <select value=${here.colour} onChange=${(event) => go({ colour: event.target.value }, "replace")}>
    <option value="">how many there are</option>${columns.map((name) => html`<option value=${name}>${name}</option>`)}</select></label>`;
}

/** @param {{state: any}} props */
export function Steps({ state }) {
  const steps = state?.steps ?? [];
  if (!steps.length) return html`<p>…</p>`;
  return steps.map((step) => {
    const share = step.share ?? (step.total ? step.done / step.total : null);
    const told = step.total ? `${number(step.done)} of ${number(step.total)} ${step.unit}` : step.done ? `${number(step.done)} ${step.unit}` : step.unit;
    return html`<p class="step"><span>${step.verb}: ${told}${step.in_flight ? `, ${step.in_flight} in flight` : ""}${typeof step.cost === "number" ? `, cost ${step.cost.toFixed(4)}` : ""}${
      Object.entries(step.failed ?? {}).map(([reason, count]) => `, ${number(Number(count))} ${reason}`)}${step.state ? ` (${step.state})` : ""}</span>
      <progress aria-label=${`${step.verb}, ${step.unit}`} max="1" value=${share ?? undefined}></progress></p>`;
  });
}
