/** One input for each kind of question. */
import { html, useEffect, useRef, useState } from "../html.js";
import { Diff } from "../render/diff.js";
import { answer } from "../typed.js";
import { Spans } from "./spans.js";

const FEW = 12; // options that are shown as buttons; more get a search

/** @param {{question: any, value: any, record: any, suggestion: any, disabled: boolean}} props */
export function Question(props) {
  const { question, suggestion } = props;
  const Input = { rating: Rating, choice: Choice, choices: Choice, text: Words, correction: Correction, spans: Spans }[question.kind];
  if (!Input) return null;
  return html`<fieldset class=${`question question-${question.kind}`} disabled=${props.disabled}>
    <legend id=${`title-${question.name}`}>${question.title}${question.required && html`<span class="required" title="required"> *</span>`}</legend>
    ${question.help && html`<p class="note" dir="auto">${question.help}</p>`}
    <${Input} ...${props} />
    ${suggestion && html`<p class="suggestion"><span aria-hidden="true">✦</span> ${suggestion.by} suggests <strong>${said(suggestion.value)}</strong>${
      typeof suggestion.score === "number" ? ` (${suggestion.score.toFixed(2)})` : ""}
      <button type="button" onClick=${() => answer(question.name, suggestion.value)}>Take it</button></p>`}
  </fieldset>`;
}

/** @param {any} value */
const said = (value) => (typeof value === "string" ? value.slice(0, 200) : JSON.stringify(value));

/** @param {{question: any, value: any}} props */
function Rating({ question, value }) {
  const { name, least, most } = question;
  if (most - least > 10) {
    return html`<input id=${`question-${name}`} type="number" min=${least} max=${most} step="1" value=${value ?? ""} aria-labelledby=${`title-${name}`}
      onInput=${(event) => answer(name, event.target.value === "" ? undefined : Math.round(event.target.valueAsNumber))} /> <span class="note">${least} to ${most}</span>`;
  }
  const steps = Array.from({ length: most - least + 1 }, (_, index) => least + index);
  return html`<div class="rating" role="radiogroup" aria-labelledby=${`title-${name}`}>${steps.map((step) => html`<label key=${step} class=${value === step ? "on" : ""}>
    <input id=${step === least ? `question-${name}` : undefined} type="radio" name=${`rate-${name}`} checked=${value === step} onChange=${() => answer(name, step)}
      onClick=${() => value === step && answer(name, undefined)} />
    <span>${step}</span></label>`)}</div>`;
}

/** @param {{question: any, value: any}} props */
function Choice({ question, value }) {
  const many = question.kind === "choices";
  const [find, setFind] = useState("");
  const chosen = many ? value ?? [] : value === undefined ? [] : [value];
  const wanted = find.toLocaleLowerCase();
  const options = question.options.filter((one) => chosen.includes(one.value) || one.label.toLocaleLowerCase().includes(wanted)).slice(0, wanted ? 50 : Math.max(FEW, chosen.length));
  const turn = (one) => {
    if (!many) return answer(question.name, chosen.includes(one) ? undefined : one);
    const next = chosen.includes(one) ? chosen.filter((other) => other !== one) : [...chosen, one];
    return answer(question.name, next.length ? next : undefined);
  };
  return html`<div>
    ${question.options.length > FEW && html`<input type="search" placeholder="find an option" aria-label=${`Find an option of ${question.title}`} value=${find} onInput=${(event) => setFind(event.target.value)} />`}
    <div class="options" role=${many ? "group" : "radiogroup"} aria-labelledby=${`title-${question.name}`}>${options.map((one, index) => html`<label key=${one.value} class=${chosen.includes(one.value) ? "on" : ""}>
      <input id=${index === 0 ? `question-${question.name}` : undefined} type=${many ? "checkbox" : "radio"} name=${`choose-${question.name}`} checked=${chosen.includes(one.value)} onChange=${() => turn(one.value)}
        onClick=${() => !many && chosen.includes(one.value) && turn(one.value)} />
      <span dir="auto">${one.label}</span></label>`)}</div>
    ${options.length < question.options.length && html`<p class="note">${options.length} of ${question.options.length} are shown</p>`}
  </div>`;
}

/** @param {{question: any, value: any}} props */
function Words({ question, value }) {
  return html`<textarea id=${`question-${question.name}`} rows="2" dir="auto" maxlength="100000" aria-labelledby=${`title-${question.name}`} value=${value ?? ""}
    onInput=${(event) => answer(question.name, event.target.value || undefined)}></textarea>`;
}

/**
 * The text itself, to be changed; opened where it is asked for, so that it is not in the way.
 * @param {{question: any, value: any, record: any}} props
 */
function Correction({ question, value, record }) {
  const original = record.texts[question.field] ?? "";
  const cut = record.cut?.[question.field];
  const [open, setOpen] = useState(value !== undefined);
  const box = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  useEffect(() => value !== undefined && setOpen(true), [value !== undefined]);
  const start = () => {
    setOpen(true);
    queueMicrotask(() => requestAnimationFrame(() => box.current?.focus()));
  };
  if (cut) return html`<p class="note">This text is too long to be corrected here.</p>`;
  if (!open) return html`<button type="button" id=${`question-${question.name}`} onClick=${start}>Correct the ${question.field} <kbd>c</kbd></button>`;
  return html`<textarea ref=${box} id=${`question-${question.name}`} rows=${Math.min(12, 3 + Math.floor(original.length / 60))} dir="auto" maxlength="100000" aria-labelledby=${`title-${question.name}`}
      value=${value ?? original} onInput=${(event) => answer(question.name, event.target.value === original ? undefined : event.target.value)}></textarea>
    ${value !== undefined && html`<${Diff} before=${original} after=${value} /><button type="button" class="quiet" onClick=${() => answer(question.name, undefined)}>As it was</button>`}`;
}
