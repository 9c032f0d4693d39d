/** One record, large, with all that it came from and all that came of it. */
import { sought } from "../acts.js";
import { useAsked } from "../asked.js";
import { useCell } from "../cell.js";
import { html, number, useEffect, useRef } from "../html.js";
import { stand, stands, subject } from "../judging.js";
import { Panel } from "../parts/panel.js";
import { Field } from "../parts/record.js";
import { Side } from "../parts/side.js";
import { Status, Verdict, Wrong } from "../parts/status.js";
import { form } from "../render/form.js";
import { Tree } from "../render/json.js";
import { Text } from "../render/text.js";
import { total } from "../records.js";
import { set, settings, tableOf } from "../session.js";
import { go } from "../url.js";

/**
 * `record` is that of the list, and none where the address names one that the list does not have.
 * @param {{here: import("../url.js").Place, list: any, record: any, act: any}} props
 */
export function Focus({ here, list, record, act }) {
  const table = record?.table ?? here.table;
  const id = record?.id ?? here.at;
  const { answer, error, of } = useAsked("/api/record", id && table !== "rejected" ? { table, id } : null);
  useEffect(() => () => sought.set(""), [id]); // who goes on has not waited for it
  const { rendered } = useCell(settings);
  const whole = of.includes(`"${id}"`) ? answer : null;
  const shown = whole ? { ...whole.record, ...record, texts: whole.record.texts, marks: record?.cut ? {} : record?.marks ?? {}, cut: whole.record.cut } : record;
  const known = useCell(stands, (all) => shown && all.get(subject(shown)));
  if (!shown) return html`<div class="focus-none"><${Wrong} error=${list.error ?? error} />${!list.error && !error && html`<p class="note">…</p>`}
    <button type="button" onClick=${() => go({ screen: "explore" })}>Back to the list</button></div>`;
  const { judgement, verdict } = known ?? stand(shown);
  const names = tableOf(shown.table)?.fields ?? Object.keys(shown.texts);
  const drawable = names.some((name) => shown.texts[name] && form(shown.texts[name]));
  const step = (name) => act.current(name);
  return html`<div class="focus">
    <section class="focus-record" tabindex="-1" aria-label=${`Record ${list.first + list.at}`}>
      <h1 class="hidden">One record</h1>
      <header class="focus-line">
        <button type="button" onClick=${() => step("focus")}>← List <kbd>o</kbd></button>
        <button type="button" title="the record before" onClick=${() => step("previous")}>↑<span class="hidden">Before</span> <kbd>k</kbd></button>
        <button type="button" title="the next record" onClick=${() => step("next")}>↓<span class="hidden">Next</span> <kbd>j</kbd></button>
        ${list.answer && record && html`<span class="count">${number(list.first + list.at)} of ${total(list.answer)}</span>`}
        <${Status} status=${judgement?.status ?? "pending"} /><${Verdict} reason=${verdict} />
        ${shown.table !== "rejected" && html`<button type="button" onClick=${() => step("similar")}>≈ Similar <kbd>s</kbd></button>`}
        <button type="button" aria-pressed=${rendered} disabled=${!drawable} title=${drawable ? "" : "there is nothing in it but text"} onClick=${() => set({ rendered: !rendered })}>${rendered ? "Raw text" : "Rendered"} <kbd>r</kbd></button>
      </header>
      <${Wrong} error=${error} />
      ${names.filter((name) => shown.texts[name]).map((name) => html`<${Field} key=${`${shown.id}/${name}`} name=${name} text=${shown.texts[name]} marks=${shown.marks?.[name]}
        whole=${whole ? undefined : shown.cut?.[name]} rendered=${rendered} />`)}
      ${shown.table === "rejected" ? html`<${Values} values=${shown.values} />` : whole && html`<${Lineage} whole=${whole} />`}
    </section>
    <${Side} shown=${shown.table !== "rejected"}><${Panel} record=${shown} act=${step} /><//>
  </div>`;
}

/** @param {{table: string, id: string, children: any}} props */
const To = ({ table, id, children }) => html`<button type="button" class="link" onClick=${() => go({ screen: "focus", table, task: "", query: "", field: "", where: "",
  filters: {}, show: "all", selection: "", near: null, area: null, by: "", sort: "", at: id, cursor: "" })}>${children}</button>`;

/** @param {{whole: any}} props */
function Lineage({ whole }) {
  const shown = useRef(/** @type {HTMLElement | null} */ (null));
  const wanted = useCell(sought) === whole.record.id;
  useEffect(() => {
    if (!wanted) return;
    sought.set("");
    shown.current?.focus();
    shown.current?.scrollIntoView();
  }, [wanted]);
  return html`<section class="lineage" ref=${shown} tabindex="-1" aria-label="Where it comes from">
    <h2>Where it comes from</h2>
    ${whole.path.length ? html`<ol class="path">${whole.path.map((one) => html`<li key=${one.id}>
      <p class="path-what">${one.table}${one.relation && html` <span class="relation" dir="auto">${one.relation}</span>`} <${To} table=${one.table} id=${one.id}><code>${String(one.id).slice(0, 8)}</code><//></p>
      ${one.missing ? html`<p class="note">${one.missing}</p>` : one.text && html`<${Text} text=${one.text} first=${600} />`}</li>`)}</ol>`
      : html`<p class="note">From no other record${whole.columns.source ? html`, but from <code>${String(whole.columns.source)}</code>` : ""}.</p>`}
    ${whole.asked && html`<${Prompt} asked=${whole.asked} />`}
    ${whole.verdicts.length > 0 && html`<details open><summary>Verdicts (${whole.verdicts.length})</summary><ul>${whole.verdicts.map((one) => html`<li>
      <strong>${one.kind}</strong>: ${one.reason.replaceAll("_", " ")}${typeof one.score === "number" ? ` (${one.score.toFixed(3)})` : ""}${one.current ? "" : html` <span class="note">no longer holds</span>`}
      ${one.other && html`<div>kept instead: <${To} table=${whole.record.table} id=${one.other}><code>${one.other.slice(0, 8)}</code><//>${one.other_text && html`<${Text} text=${one.other_text} first=${300} />`}</div>`}</li>`)}</ul></details>`}
    <${Listed} title="Personas made from it" of=${whole.children} table="personas" />
    <${Listed} title="Samples made from it" of=${whole.samples} table="samples" />
    <details><summary>All its columns</summary><${Values} values=${whole.columns} /></details>
  </section>`;
}

/** @param {{asked: any}} props */
function Prompt({ asked }) {
  return html`<details><summary>The prompt, and what ${asked.model} answered</summary>
    ${(asked.prompt ?? []).map((one) => html`<p class="title">${one.role}</p><${Text} text=${one.content} first=${4000} />`)}
    ${asked.answer && html`<p class="title">answer</p><${Text} text=${asked.answer} first=${4000} />`}
    ${asked.note && html`<p class="note">${asked.note}</p>`}
    <p class="note">run <code>${asked.run}</code></p></details>`;
}

/** @param {{title: string, of: any, table: string}} props */
function Listed({ title, of, table }) {
  if (!of?.count) return null;
  return html`<details><summary>${title} (${number(of.count)})</summary><ul>${of.listed.map((one) => html`<li key=${one.id}>
    ${(one.relation || one.task) && html`<strong dir="auto">${one.relation ?? one.task}: </strong>`}<${To} table=${table} id=${one.id}><span dir="auto">${String(one.text).slice(0, 160)}</span><//></li>`)}</ul>
    ${of.count > of.listed.length && html`<p class="note">and ${number(of.count - of.listed.length)} more</p>`}</details>`;
}

/** @param {{values: Record<string, unknown>}} props */
const Values = ({ values }) => html`<${Tree} value=${Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null))} />`;
