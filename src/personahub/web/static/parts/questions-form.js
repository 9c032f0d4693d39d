/** What is asked of each record of a table or task. */
import { useAsked } from "../asked.js";
import { post } from "../api.js";
import { html, useEffect, useState } from "../html.js";
import { hub, say, tableOf } from "../session.js";
import { Wrong } from "./status.js";

const KINDS = { rating: "rating", choice: "one of several", choices: "some of several", text: "free text", correction: "correction of a text", spans: "marks in a text" };
const OPTIONS = ["choice", "choices", "spans"];
const FIELD = ["correction", "spans"];

/** @param {{table: string, task: string | null}} props */
export function QuestionsForm({ table, task }) {
  const { answer, error } = useAsked("/api/questions", { table, task });
  const [list, setList] = useState(/** @type {any[] | null} */ (null));
  const [revision, setRevision] = useState(0);
  const [trouble, setTrouble] = useState(/** @type {any} */ (null));
  useEffect(() => {
    if (!answer) return;
    setList(answer.questions);
    setRevision(answer.revision);
  }, [answer]);
  const fields = tableOf(table)?.fields ?? [];
  const save = async (event) => {
    event.preventDefault();
    try {
      const saved = await post("/api/questions/save", { table, task, questions: list, revision });
      setList(saved.questions);
      setRevision(saved.revision);
      setTrouble(null);
      say("The questions are kept.");
    } catch (wrong) {
      setTrouble(wrong);
    }
  };
  const change = (index, part) => setList(list.map((one, at) => (at === index ? { ...one, ...part } : one)));
  const move = (index, by) => {
    const next = [...list];
    [next[index], next[index + by]] = [next[index + by], next[index]];
    setList(next);
  };
  const add = () => setList([...list, { name: free(list), kind: "choice", title: "", help: "", required: false, options: [{ value: "yes", label: "Yes" }, { value: "no", label: "No" }] }]);
  return html`<section class="box"><h2>Questions${task ? ` about ${task}` : ""}</h2><${Wrong} error=${error} />
    ${list && html`<form class="questions-form" onSubmit=${save}>
      ${list.map((question, index) => html`<${One} key=${index} question=${question} fields=${fields} change=${(part) => change(index, part)}
        remove=${() => setList(list.filter((_, at) => at !== index))} up=${index > 0 ? () => move(index, -1) : null} />`)}
      <${Wrong} error=${trouble} />
      <div class="decide"><button type="button" onClick=${add}>Another question</button><button class="main" disabled=${hub.value.read_only}>Keep the questions</button></div></form>`}</section>`;
}

/** @param {any[]} list */
function free(list) {
  let number = list.length + 1;
  while (list.some((one) => one.name === `question_${number}`)) number += 1;
  return `question_${number}`;
}

/** @param {{question: any, fields: string[], change: (part: object) => void, remove: () => void, up: (() => void) | null}} props */
function One({ question, fields, change, remove, up }) {
  const kind = (next) => {
    const part = { kind: next, options: undefined, field: undefined, least: undefined, most: undefined };
    if (OPTIONS.includes(next)) part.options = question.options ?? [{ value: "a", label: "A" }, { value: "b", label: "B" }];
    if (FIELD.includes(next)) part.field = question.field ?? fields[0];
    if (next === "rating") Object.assign(part, { least: 1, most: 5 });
    change(part);
  };
  const number = (name) => html`<input type="number" min="0" max="100" step="1" required value=${question[name] ?? ""} onInput=${(event) => change({ [name]: event.target.valueAsNumber })} />`;
  return html`<fieldset class="question-edit"><legend>${question.title || question.name}</legend>
    <label>Title <input required maxlength="200" dir="auto" value=${question.title} onInput=${(event) => change({ title: event.target.value })} /></label>
    <label>Name <input required pattern="[a-z][a-z0-9_]{0,39}" title="a letter and up to 39 letters, digits and _, in lower case" value=${question.name} onInput=${(event) => change({ name: event.target.value })} /></label>
    <label>Kind <select value=${question.kind} onChange=${(event) => kind(event.target.value)}>${Object.entries(KINDS).map(([value, label]) => html`<option value=${value}>${label}</option>`)}</select></label>
    ${question.kind === "rating" && html`<label>from ${number("least")}</label><label>to ${number("most")}</label>`}
    ${FIELD.includes(question.kind) && html`<label>of <select value=${question.field} onChange=${(event) => change({ field: event.target.value })}>${fields.map((name) => html`<option value=${name}>${name}</option>`)}</select></label>`}
    ${OPTIONS.includes(question.kind) && html`<label class="wide">Options, one a line (value: label) <textarea rows="3" dir="auto" value=${lines(question.options)} onChange=${(event) => change({ options: options(event.target.value) })}></textarea></label>`}
    <label class="wide">Help <input dir="auto" maxlength="2000" value=${question.help ?? ""} onInput=${(event) => change({ help: event.target.value })} /></label>
    <label>Suggested by column <input value=${question.suggest ?? ""} onInput=${(event) => change({ suggest: event.target.value || undefined })} /></label>
    ${question.suggest && html`<label>Its score in column <input value=${question.score ?? ""} onInput=${(event) => change({ score: event.target.value || undefined })} /></label>`}
    <label class="tick"><input type="checkbox" checked=${question.required} onChange=${() => change({ required: !question.required })} /> required</label>
    <span class="acts">${up && html`<button type="button" aria-label=${`Move ${question.title || question.name} up`} onClick=${up}>↑</button>`}
      <button type="button" aria-label=${`Remove ${question.title || question.name}`} onClick=${remove}>✕</button></span></fieldset>`;
}

/** @param {{value: string, label: string}[]} options */
const lines = (options) => (options ?? []).map((one) => (one.value === one.label ? one.value : `${one.value}: ${one.label}`)).join("\n");

/** @param {string} said */
const options = (said) => said.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
  const [value, ...label] = line.split(":");
  return { value: value.trim(), label: label.join(":").trim() || value.trim() };
});
