/** The line on top of the list: which records, what is looked for, and where. */
import { html, memo, number, useEffect, useRef, useState } from "../html.js";
import { askTyped } from "../records.js";
import { hub, tableOf } from "../session.js";
import { go } from "../url.js";

const PAUSE = 45; // ms after the last key before what it finds is shown

/** @param {{here: import("../url.js").Place}} props */
function Line({ here }) {
  const table = tableOf(here.table);
  const meaning = here.near?.text !== undefined;
  const [byMeaning, setByMeaning] = useState(meaning);
  useEffect(() => setByMeaning(meaning), [meaning]);
  const near = byMeaning && table?.vectors !== undefined;
  return html`<form class="search" role="search" onSubmit=${(event) => event.preventDefault()}>
    <${Tables} here=${here} />
    <div class="search-box">
      <${Words} key=${near ? "meaning" : "words"} here=${here} near=${near} />
      <select aria-label="How to look" value=${near ? "meaning" : "words"} onChange=${(event) => {
        setByMeaning(event.target.value === "meaning");
        go(event.target.value === "meaning" ? { query: "", sort: "" } : { near: null });
      }}><option value="words">by words</option><option value="meaning">by meaning</option></select>
      <select aria-label="Where to look" value=${near ? here.near?.field ?? table?.fields[0] : here.field}
        onChange=${(event) => go(near ? (here.near ? { near: { ...here.near, field: event.target.value } } : {}) : { field: event.target.value })}>
        ${!near && html`<option value="">in every text</option>`}
        ${(table?.fields ?? []).map((name) => html`<option value=${name}>in ${name}</option>`)}
      </select>
    </div>
  </form>`;
}
export const SearchLine = memo(Line);

/** @param {{here: import("../url.js").Place}} props */
function Tables({ here }) {
  const choices = (hub.value?.tables ?? []).flatMap((table) => [
    { value: `${table.name}/`, label: `${table.name} (${number(table.count)})` },
    ...table.tasks.map((task) => ({ value: `${table.name}/${task.name}`, label: `${table.name}: ${task.name} (${number(task.count)})` })),
  ]);
  return html`<select class="tables" aria-label="Records of" value=${`${here.table}/${here.task}`} onChange=${(event) => {
    const [name, task] = event.target.value.split("/");
    go({ table: name, task, field: "", filters: {}, near: null, area: null, selection: "", sort: "", where: "" });
  }}>${choices.map((one) => html`<option value=${one.value}>${one.label}</option>`)}</select>`;
}

/**
 * What is typed is shown when the hand rests, and words are asked for at once, which cost nothing; each pause is no step
 * of the history.
 * @param {{here: import("../url.js").Place, near: boolean}} props
 */
function Words({ here, near }) {
  const there = near ? here.near?.text ?? "" : here.query;
  const [typed, setTyped] = useState(there);
  const waits = useRef(0);
  const sent = useRef(there);
  useEffect(() => {
    if (there !== sent.current) setTyped(there);
    sent.current = there;
  }, [there]);
  const wanted = (text) => ({ query: text, ...(here.sort === "relevance" && !text ? { sort: "" } : {}) });
  const send = (text, how) => {
    clearTimeout(waits.current);
    if (text === sent.current) return;
    const first = sent.current === "";
    sent.current = text;
    const field = here.near?.field ?? tableOf(here.table)?.fields[0];
    if (near) go({ near: text.trim() ? { order: "most", field, ...here.near, id: undefined, text } : null }, how);
    else go(wanted(text), first ? "push" : how);
  };
  return html`<input id="search" type="search" value=${typed} aria-label=${near ? "Describe what is looked for" : "Search"}
    placeholder=${near ? "someone who looks after horses" : 'words, "in a row", begin*, this OR that, -not'}
    autocomplete="off" autocapitalize="off" spellcheck=${false} dir="auto" maxlength="2000"
    onInput=${(event) => {
      const text = event.target.value;
      if (!near) askTyped({ ...here, ...wanted(text) });
      setTyped(text);
      clearTimeout(waits.current);
      waits.current = setTimeout(() => send(text, "replace"), near ? 4 * PAUSE : PAUSE);
    }}
    onKeyDown=${(event) => {
      if (event.key !== "Enter" || event.isComposing || event.ctrlKey) return;
      event.preventDefault();
      send(event.target.value, "push");
      document.querySelector("article[aria-current=true]")?.focus();
    }} />`;
}
