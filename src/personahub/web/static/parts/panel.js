/** Where a record is judged: the questions, what to do with it, and what others said. */
import { postBehind } from "../api.js";
import { useAsked } from "../asked.js";
import { useCell } from "../cell.js";
import { html, useEffect, useLayoutEffect, useState } from "../html.js";
import { back, depth, stand, stands, subject } from "../judging.js";
import { hub } from "../session.js";
import { look, questions, revert, typed } from "../typed.js";
import { Question } from "./questions.js";
import { Status, time, Wrong } from "./status.js";

const CALM = 400; // ms on a record before what others say of it is asked for

/** @param {{record: any, act: (name: string) => void}} props */
export function Panel({ record, act }) {
  const ask = { table: record.table, task: record.task ?? null };
  const set = useAsked("/api/questions", ask);
  const there = set.of === asked(ask) ? set.answer.questions : null;
  useLayoutEffect(() => questions.set(there), [there]);
  const known = useCell(stands, (all) => all.get(subject(record)));
  const { judgement } = known ?? stand(record);
  const now = useCell(typed);
  // Before the next key is read: what it says is meant for the record that is seen.
  useLayoutEffect(() => look(record), [subject(record), judgement]);
  const mine = now.subject === subject(record) ? now : { answers: judgement?.answers ?? {}, fresh: false };
  const more = useCalmly(record);
  const locked = hub.value.read_only;
  const status = judgement?.status ?? "pending";
  return html`<div class="panel">
    <header><h2>Judge</h2><${Status} status=${status} />
      ${mine.fresh && html`<button type="button" class="quiet" title="what was typed is let go" onClick=${revert}>Not saved: let go</button>`}</header>
    ${locked && html`<p class="note">This page only reads.</p>`}
    <${Wrong} error=${set.error} />
    <form onSubmit=${(event) => event.preventDefault()}>
      ${(there ?? []).map((question) => html`<${Question} key=${`${subject(record)}/${question.name}`} question=${question} record=${record}
        value=${mine.answers[question.name]} suggestion=${more?.suggestions?.[question.name]} disabled=${locked} />`)}
    </form>
    <${Decide} act=${act} status=${status} locked=${locked} />
    ${more && html`<${Others} more=${more} />`}
  </div>`;
}

/** @param {object} body */
const asked = (body) => `/api/questions${JSON.stringify(body)}`;

/** @param {{act: (name: string) => void, status: string, locked: boolean}} props */
function Decide({ act, status, locked }) {
  const steps = useCell(depth);
  return html`<div class="decide">
    <button type="button" class="main" disabled=${locked} onClick=${() => act("submit")}>Submit <kbd>Enter</kbd></button>
    <button type="button" class="danger" disabled=${locked} onClick=${() => act("discard")}>Discard <kbd>x</kbd></button>
    <button type="button" disabled=${locked} onClick=${() => act("draft")}>Draft <kbd>d</kbd></button>
    <button type="button" disabled=${locked} onClick=${() => act("skip")}>Skip <kbd>n</kbd></button>
    <button type="button" disabled=${locked || steps.undo === 0} onClick=${() => back("undo")}>Undo <kbd>u</kbd></button>
    <button type="button" disabled=${locked || steps.redo === 0} onClick=${() => back("redo")}>Redo <kbd>⇧U</kbd></button>
    ${status !== "pending" && html`<button type="button" class="quiet" disabled=${locked} onClick=${() => act("clear")}>Back to pending</button>`}
  </div>`;
}

/**
 * What else is known of a record, once one stays on it.
 * @param {any} record
 */
function useCalmly(record) {
  const [calm, setCalm] = useState("");
  const name = subject(record);
  useEffect(() => {
    const waits = setTimeout(() => setCalm(name), CALM);
    return () => clearTimeout(waits);
  }, [name]);
  const { answer, of } = useAsked("/api/record", calm === name && record.table !== "rejected" ? { table: record.table, id: record.id } : null, { ask: postBehind });
  return of.includes(record.id) ? answer : null;
}

/** @param {{more: any}} props */
function Others({ more }) {
  const others = more.judgements.filter((one) => one.reviewer !== hub.value.reviewer);
  return html`${others.length > 0 && html`<section class="others"><h3>Others</h3><ul>${others.map((one) => html`<li key=${one.reviewer}>
      <strong>${one.reviewer}</strong> <${Status} status=${one.status} /> ${told(one.answers)}</li>`)}</ul></section>`}
    ${more.labels.length > 0 && html`<details class="others"><summary>Labels of models (${more.labels.length})</summary><ul>${more.labels.map((one) => html`<li>
      <strong>${one.model}</strong> ${told(one.answer)}</li>`)}</ul></details>`}
    ${more.history.length > 0 && html`<details class="others"><summary>History (${more.history.length})</summary><ol>${more.history.map((one) => html`<li>
      ${time(one.at)} <strong>${one.reviewer}</strong> ${one.action}: ${one.status} ${told(one.answers)}</li>`)}</ol></details>`}`;
}

/** @param {any} answers */
const told = (answers) => (answers && typeof answers === "object" ? Object.entries(answers).map(([name, value]) =>
  html`<span class="answer">${name} ${typeof value === "string" ? `“${value.slice(0, 80)}”` : JSON.stringify(value).slice(0, 80)}</span>`) : null);
