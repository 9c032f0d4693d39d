/** What is taken away: the list or the kept records, saved by a name or written to a file, and the commands that do so. */
import { useAsked } from "../asked.js";
import { post } from "../api.js";
import { useCell } from "../cell.js";
import { counted, html, number, useState } from "../html.js";
import { Chips } from "../parts/chips.js";
import { Columns } from "../parts/columns.js";
import { Commands } from "../parts/command.js";
import { SearchLine } from "../parts/search.js";
import { Wrong, time } from "../parts/status.js";
import { changed, hub, say, wrong } from "../session.js";
import { go, place, view } from "../url.js";

const FILES = { jsonl: "JSON lines", parquet: "Parquet", folder: "folder that `datasets` loads (.zip)" };
const FORMATS = { personahub: "as PERSONA HUB releases them", original: "as they were imported", full: "every column", chat: "chat messages", argilla: "Argilla records" };

export function Keep() {
  const here = useCell(place);
  const [which, setWhich] = useState(/** @type {"kept" | "list"} */ ("kept"));
  const list = view(here);
  const meant = which === "list" ? list : { table: here.table, ...(here.task ? { task: here.task } : {}), filters: { status: { in: ["submitted"] } } };
  const { answer, error } = useAsked("/api/records", here.table ? { view: meant, limit: 1, cursor: null } : null, { again: useCell(changed) });
  return html`<div class="screen keep"><h1>Keep</h1><${SearchLine} here=${here} />
    <section class="box"><h2>Which records</h2>
      <label class="line"><input type="radio" name="meant" checked=${which === "kept"} onChange=${() => setWhich("kept")} /> those that I submitted</label>
      <label class="line"><input type="radio" name="meant" checked=${which === "list"} onChange=${() => setWhich("list")} /> the list as it is narrowed now</label>
      ${which === "list" && html`<${Chips} here=${here} />${here.query && html`<p class="note">words: ${here.query}</p>`}`}
      <${Wrong} error=${error} />
      <p role="status" class="figure">${answer ? counted(answer.total, "record") : "…"}</p></section>
    <div class="plots">
      <${Save} meant=${meant} total=${answer?.total ?? 0} />
      <${Export} meant=${meant} total=${answer?.total ?? 0} />
      <${Saved} here=${here} />
    </div>
    ${answer?.total > 0 && html`<h2>What they are</h2><div class="plots"><${Columns} table=${here.table} task=${here.task} view=${meant} /></div>`}</div>`;
}

/** @param {{meant: any, total: number}} props */
function Save({ meant, total }) {
  const [name, setName] = useState("");
  const [error, setError] = useState(/** @type {any} */ (null));
  const [command, setCommand] = useState(/** @type {any} */ (null));
  const save = async (event) => {
    event.preventDefault();
    try {
      const made = await post("/api/selections/save", { name: name.trim(), view: meant });
      setError(null);
      changed.update((times) => times + 1);
      say(`${counted(made.count, "record")} saved as ${made.name}.`);
    } catch (trouble) {
      setError(trouble);
    }
  };
  return html`<section class="box"><h2>Save as a selection</h2>
    <p class="note">A selection is records by a name: for training, for evaluation, or to go on with (<code>--selection</code>).</p>
    <form onSubmit=${save}><label class="line">Name <input required value=${name} maxlength="64" onInput=${(event) => setName(event.target.value)} /></label>
      <${Wrong} error=${error} />
      <div class="decide"><button class="main" disabled=${!total || hub.value.read_only}>Save ${number(total)}</button>
      <button type="button" onClick=${() => post("/api/command", { view: meant, do: "save", name: name.trim() || "kept" }).then(setCommand, setError)}>As a command</button></div></form>
    <${Commands} answer=${command} /></section>`;
}

/** @param {{meant: any, total: number}} props */
function Export({ meant, total }) {
  const [file, setFile] = useState("jsonl");
  const [format, setFormat] = useState("");
  const [splits, setSplits] = useState("");
  const [license, setLicense] = useState("other");
  const [corrected, setCorrected] = useState(true);
  const [state, setState] = useState(/** @type {any} */ ({}));
  const body = { view: meant, file, format: format || null, splits: splits.trim() || null, license, corrected };
  const run = async (event) => {
    event.preventDefault();
    setState({ busy: true });
    try {
      setState({ made: await post("/api/export", body) });
    } catch (error) {
      setState({ error });
    }
  };
  const command = () => post("/api/command", { ...body, do: "export" }).then((answer) => setState({ ...state, command: answer }), wrong);
  return html`<section class="box"><h2>Export</h2><form onSubmit=${run}>
      <label class="line">File <select value=${file} onChange=${(event) => setFile(event.target.value)}>${Object.entries(FILES).map(([value, label]) => html`<option value=${value}>${label}</option>`)}</select></label>
      <label class="line">Format <select value=${format} onChange=${(event) => setFormat(event.target.value)}><option value="">the usual one</option>${Object.entries(FORMATS).map(([value, label]) => html`<option value=${value}>${label}</option>`)}</select></label>
      <label class="line">Splits <input value=${splits} placeholder="train=0.9,test=0.1" onInput=${(event) => setSplits(event.target.value)} /></label>
      ${file === "folder" && html`<label class="line">Licence <input value=${license} onInput=${(event) => setLicense(event.target.value)} /></label>`}
      <label class="line"><input type="checkbox" checked=${corrected} onChange=${() => setCorrected(!corrected)} /> corrections in place of the texts</label>
      <p class="note">Only records that no verdict drops go out.</p>
      <${Wrong} error=${state.error} />
      <div class="decide"><button class="main" disabled=${!total || state.busy}>${state.busy ? "Writing …" : `Export ${number(total)}`}</button>
        <button type="button" onClick=${command}>As a command</button></div></form>
    ${state.made && html`<${Made} made=${state.made} />`}
    <${Commands} answer=${state.command} /></section>`;
}

/** @param {{made: any}} props */
function Made({ made }) {
  const { tally } = made.manifest;
  const rejected = Object.entries(tally?.rejected ?? {}).map(([reason, count]) => `${number(Number(count))} ${reason.replaceAll("_", " ")}`).join(", ");
  return html`<div class="made" role="status"><p><strong>${counted(made.count, "record")}</strong> in ${made.seconds.toFixed(1)} s${tally && `; of ${number(tally.read)} read${rejected && `, left out: ${rejected}`}`}</p>
    ${made.notes.map((note) => html`<p class="note">${note}</p>`)}
    <p class="decide"><a class="button main" href=${`/api/export/${made.export}`} download=${made.name}>Download ${made.name} (${number(Math.ceil(made.bytes / 1024))} kB)</a>
      <a class="button" href=${`/api/export/${made.export}/manifest`} download="manifest.json">Manifest</a></p></div>`;
}

/** @param {{here: import("../url.js").Place}} props */
function Saved({ here }) {
  const { answer, error } = useAsked("/api/selections", {}, { again: useCell(changed) });
  const remove = async (name) => {
    try {
      await post("/api/selections/remove", { name });
      changed.update((times) => times + 1);
      if (here.selection === name) go({ selection: "" }, "replace");
      say(`The selection ${name} is gone; its records are not.`);
    } catch (trouble) {
      wrong(trouble);
    }
  };
  return html`<section class="box"><h2>Selections</h2><${Wrong} error=${error} />
    ${answer && !answer.selections.length && html`<p class="note">None yet.</p>`}
    <ul class="rows">${(answer?.selections ?? []).map((one) => html`<li key=${one.name}>
      <button type="button" class="link" onClick=${() => go({ screen: "explore", table: one.table, task: "", query: "", filters: {}, where: "", near: null, area: null, selection: one.name, show: "all" })}>${one.name}</button>
      <span class="note">${counted(one.count, "record")} of ${one.table}, ${time(one.made)}</span>
      <button type="button" class="quiet" aria-label=${`Remove the selection ${one.name}`} disabled=${hub.value.read_only} onClick=${() => remove(one.name)}>✕</button></li>`)}</ul></section>`;
}
