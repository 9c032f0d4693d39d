/** Runs: what was made, what is being made, and a form to make more, which shows first what would be asked and what it costs. */
import { useAsked } from "../asked.js";
import { post } from "../api.js";
import { useCell } from "../cell.js";
import { html, number, useState } from "../html.js";
import { useJob } from "../job.js";
import { Copied } from "../parts/command.js";
import { Dialog } from "../parts/dialog.js";
import { Starter } from "../parts/starter.js";
import { Wrong, time } from "../parts/status.js";
import { Tree } from "../render/json.js";
import { plain, Text } from "../render/text.js";
import { changed, hub, lookAgain, say, wrong } from "../session.js";
import { go, place } from "../url.js";
import { Steps } from "./map.js";

const UNDONE = /^(stopped|interrupted|failed|killed)/;

export function Runs() {
  const here = useCell(place);
  const [times, setTimes] = useState(0);
  const { answer, error } = useAsked("/api/runs", {}, { again: times });
  const again = () => {
    setTimes((now) => now + 1);
    changed.update((now) => now + 1);
    lookAgain().catch(wrong);
  };
  const [job, setJob] = useState(/** @type {string | null} */ (null));
  const going = answer?.live?.find((one) => one.state === "running")?.job ?? null;
  const live = job ?? going;
  const begun = (made) => {
    setJob(made);
    again();
  };
  const [onward, setOnward] = useState(/** @type {any} */ (null));
  const resume = (id) => post("/api/runs/resume", { id }).then((told) => setOnward({ ...told, id }), wrong);
  const resumed = () => {
    setOnward(null);
    post("/api/runs/resume", { id: onward.id, command: onward.command }).then((made) => begun(made.job), wrong);
  };
  return html`<div class="screen runs"><h1>Runs</h1><${Wrong} error=${error} />
    ${onward && html`<${Onward} of=${onward} resumed=${resumed} close=${() => setOnward(null)} />`}
    ${live && html`<${Live} job=${live} ended=${again} />`}
    ${!hub.value.read_only && html`<${Starter} started=${begun} />`}
    <section class="box"><h2>What was run</h2>
      ${answer && !answer.runs.length && html`<p class="note">Nothing yet.</p>`}
      ${answer?.runs.length > 0 && html`<div class="scroll" tabindex="0" role="group" aria-label="Runs"><table class="runs-table"><thead><tr>
        ${["verb", "model", "begun", "how it went", "kept", "rejected", "cost", ""].map((name) => html`<th scope="col">${name || html`<span class="hidden">more</span>`}</th>`)}</tr></thead>
        <tbody>${answer.runs.map((run) => html`<tr key=${run.id}>
          <td>${run.verb}</td><td>${run.model ?? ""}</td><td class="when">${time(run.begun)}</td>
          <td>${run.how}${run.open_parts ? `, ${number(run.open_parts)} parts open` : ""}</td><td>${number(run.kept ?? 0)}</td><td>${number(run.rejected ?? 0)}</td>
          <td>${typeof run.cost === "number" ? run.cost.toFixed(4) : ""}</td>
          <td><button type="button" aria-expanded=${here.run === run.id} onClick=${() => go({ run: here.run === run.id ? "" : run.id }, "replace")}>Look <span class="hidden">into ${run.verb} ${run.id}</span></button>
            ${(run.open_parts > 0 || UNDONE.test(run.how)) && !going && !hub.value.read_only && html` <button type="button" onClick=${() => resume(run.id)}>Resume <span class="hidden">${run.verb} ${run.id}</span></button>`}</td></tr>`)}</tbody></table></div>`}
      ${here.run && html`<${Looked} id=${here.run} />`}
    </section></div>`;
}

/** What a run would do that is gone on with: a hub may come from somebody else. @param {{of: any, resumed: () => void, close: () => void}} props */
function Onward({ of, resumed, close }) {
  return html`<${Dialog} title="Go on with this run?" close=${close} wide=${true}>
    ${of.asks.length > 0 && html`<p>It asks ${of.asks.map((one, number) => html`${number > 0 && ", "}<strong dir="ltr">${plain(one)}</strong>`)}; the key of this machine goes there.</p>`}
    <${Copied} title="What is run" text=${of.command} />
    <div class="decide"><button type="button" class="main" onClick=${resumed}>Go on</button><button type="button" onClick=${close}>Leave it</button></div>
  <//>`;
}

/** @param {{id: string}} props */
function Looked({ id }) {
  const { answer, error } = useAsked("/api/runs/show", { id });
  return html`<section class="looked" aria-label="One run"><h3>Run <code>${id}</code></h3><${Wrong} error=${error} />
    ${answer && html`<h4>Settings</h4><${Tree} value=${answer.settings} /><h4>Calls</h4><${Tree} value=${answer.calls} />
      ${answer.examples?.length > 0 && html`<h4>Examples</h4><${Tree} value=${answer.examples} />`}
      ${(answer.notes ?? []).map((note) => html`<p class="note">${note}</p>`)}`}</section>`;
}

/** What is going on now, with the rows as they come. @param {{job: string, ended: () => void}} props */
function Live({ job, ended }) {
  const { state, error } = useJob(job, ended);
  const stop = () => post("/api/job/stop", { job }).then(() => say("It is being stopped; what it paid for is kept."), wrong);
  if (!state) return html`<${Wrong} error=${error} />`;
  return html`<section class="box live" aria-label="Running"><h2>${state.what} <span class=${`kind state-${state.state}`}>${state.state}</span></h2>
    <${Wrong} error=${error} />
    ${state.message && html`<p class=${state.state === "failed" ? "wrong" : "note"} role=${state.state === "failed" ? "alert" : undefined}>${state.message}</p>`}
    ${state.state === "running" && html`<${Steps} state=${state} /><div class="decide"><button type="button" class="danger" onClick=${stop}>Stop</button></div>`}
    ${state.records?.length > 0 && html`<h3>Newest</h3><ul class="rows came">${state.records.map((one) => html`<li key=${one.id}>
      <button type="button" class="link" onClick=${() => go({ screen: "focus", table: one.table, task: "", query: "", filters: {}, where: "", near: null, area: null, selection: "", show: "all", at: one.id })}><code>${one.id.slice(0, 8)}</code></button>
      <div class="came-text"><${Text} text=${one.text} first=${300} /></div></li>`)}</ul>`}
    ${state.report && html`<details><summary>Report</summary><${Tree} value=${state.report} /></details>`}
    ${state.command && html`<details><summary>As a command</summary><${Copied} title="Command line" text=${state.command} /></details>`}
  </section>`;
}
