/** What the map shows, as a table: for who does not see it, and for who wants to read it. */
import { useAsked } from "../asked.js";
import { html, number, useState } from "../html.js";
import { go } from "../url.js";
import { Wrong } from "./status.js";

const SHOWN = 100;

/** @param {{body: any, window: number[], labels: any[], look: (window: any) => void}} props */
export function InView({ body, window, labels, look }) {
  const [open, setOpen] = useState(false);
  return html`<details class="in-view" open=${open} onToggle=${(event) => setOpen(event.target.open)}><summary>What is in view, as a table</summary>
    ${open && html`<${Table} body=${body} window=${window} labels=${labels} look=${look} />`}</details>`;
}

/** @param {{body: any, window: number[], labels: any[], look: (window: any) => void}} props */
function Table({ body, window, labels, look }) {
  const { answer, error } = useAsked("/api/map/points", { ...body, window, width: 100, height: 100, dark: false });
  const [x0, y0, x1, y1] = window;
  const here = labels.filter((one) => one.x >= x0 && one.x <= x1 && one.y >= y0 && one.y <= y1).slice(0, SHOWN);
  const close = (one) => [one.x - (x1 - x0) / 8, one.y - (y1 - y0) / 8, one.x + (x1 - x0) / 8, one.y + (y1 - y0) / 8];
  return html`<${Wrong} error=${error} />
    ${here.length > 0 && html`<table><caption>Places</caption><thead><tr><th scope="col">what it is about</th><th scope="col">records</th><th scope="col">look</th></tr></thead>
      <tbody>${here.map((one) => html`<tr><td dir="auto">${one.text}</td><td>${number(one.count)}</td><td><button type="button" aria-label=${`Nearer to ${one.text}`} onClick=${() => look(close(one))}>nearer</button></td></tr>`)}</tbody></table>`}
    ${answer && (answer.points.length ? html`<table><caption>${answer.count > SHOWN ? `The first ${SHOWN} of ${number(answer.count)} records` : `${number(answer.count)} records`}</caption>
      <thead><tr><th scope="col">record</th>${body.colour && html`<th scope="col">${body.colour}</th>`}</tr></thead>
      <tbody>${answer.points.slice(0, SHOWN).map((one) => html`<tr key=${one.id}><td dir="auto"><button type="button" class="link" onClick=${() => go({ screen: "focus", at: one.id })}>${one.text}</button></td>
        ${body.colour && html`<td>${one.value === null || one.value === undefined ? "none" : String(one.value)}</td>`}</tr>`)}</tbody></table>`
      : html`<p class="note">${answer.count ? `${number(answer.count)} records are too many to list: go nearer.` : "There is no record here."}</p>`)}`;
}
