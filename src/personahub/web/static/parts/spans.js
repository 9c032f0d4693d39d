/** Marks on pieces of a text. The text stands in a field that is only read, so that pieces can be chosen by keyboard, too. */
import { html, useRef, useState } from "../html.js";
import { plain } from "../render/text.js";
import { answer } from "../typed.js";

/** @param {{question: any, value: {first: number, last: number, label: string}[] | undefined, record: any}} props */
export function Spans({ question, value, record }) {
  const box = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const [hint, setHint] = useState("");
  const text = record.texts[question.field] ?? "";
  const spans = value ?? [];
  const mark = (label) => {
    const { selectionStart: first, selectionEnd: last } = box.current;
    if (first === last) return setHint("Select a piece of the text first: by mouse, or with Shift and the arrow keys.");
    setHint("");
    const next = [...spans.filter((one) => one.first !== first || one.last !== last), { first, last, label }];
    return answer(question.name, next.sort((one, two) => one.first - two.first || one.last - two.last));
  };
  return html`<textarea ref=${box} id=${`question-${question.name}`} class="marking" readonly rows=${Math.min(8, 2 + Math.floor(text.length / 60))} dir="auto" value=${text}
      aria-label=${`${question.title}: select a piece of ${question.field}`}></textarea>
    <div class="options">${question.options.map((one) => html`<button type="button" onClick=${() => mark(one.value)}>${one.label}</button>`)}</div>
    ${hint && html`<p class="note" role="status">${hint}</p>`}
    ${spans.length > 0 && html`<ul class="spans">${spans.map((one) => html`<li key=${`${one.first}-${one.last}`}>
      <strong>${question.options.find((option) => option.value === one.label)?.label ?? one.label}</strong>
      <span dir="auto">${plain(text.slice(one.first, one.last).slice(0, 80))}</span>
      <button type="button" aria-label="Remove this mark" onClick=${() => {
        const left = spans.filter((other) => other !== one);
        answer(question.name, left.length ? left : undefined);
      }}>✕</button></li>`)}</ul>`}`;
}
