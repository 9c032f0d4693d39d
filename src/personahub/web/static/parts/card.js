/** A record in the list. */
import { useCell } from "../cell.js";
import { classes, html, memo } from "../html.js";
import { stand, stands, subject } from "../judging.js";
import { hub, tableOf } from "../session.js";
import { plain } from "../render/text.js";
import { Fields } from "./record.js";
import { Status, Verdict } from "./status.js";

const CLOSED = 700; // characters of a field in a card that is not the current one

/**
 * @param {{record: any, active: boolean, ticked: boolean, rendered: boolean, place: number, total: number,
 *   act: (name: string, record: any) => void}} props
 */
function Article({ record, active, ticked, rendered, place, total, act }) {
  const known = useCell(stands, (all) => all.get(subject(record)));
  const { judgement, verdict } = known ?? stand(record);
  const names = tableOf(record.table)?.fields ?? Object.keys(record.texts);
  const status = judgement?.status ?? "pending";
  const shown = active ? undefined : CLOSED;
  return html`<article class=${classes({ card: true, active, ticked, [`is-${status}`]: true })} tabindex=${active ? 0 : -1}
      aria-current=${active ? "true" : undefined} aria-posinset=${place} aria-setsize=${total} aria-label=${`Record ${place}, ${status}`} data-id=${record.id}
      onFocus=${() => !active && act("at", record)} onClick=${(event) => !active && !event.target.closest("button, a, input, summary") && act("at", record)}>
    <header>
      ${record.table !== "rejected" && html`<label class="tick"><input type="checkbox" checked=${ticked} tabindex=${active ? 0 : -1} aria-label=${`Select record ${place}`} onChange=${() => act("tick", record)} /></label>`}
      ${record.table !== "rejected" && html`<${Status} status=${status} />`}
      ${judgement?.answers?.rating !== undefined && html`<span class="rated" aria-label=${`rated ${judgement.answers.rating}`}>${judgement.answers.rating} ★</span>`}
      <${Verdict} reason=${verdict} />
      ${record.cosine !== null && record.cosine !== undefined && html`<span class="cosine" title="cosine with what is looked for">${record.cosine.toFixed(3)}</span>`}
      <span class="facts">${record.task && html`<span>${record.task}</span>`}<code title=${record.id}>${record.id.slice(0, 8)}</code></span>
      <span class="acts">
        ${record.table !== "rejected" && html`<button type="button" tabindex=${active ? 0 : -1} title="find similar (s)" aria-label="Find similar" onClick=${() => act("similar", record)}>≈<span> Similar</span></button>`}
        ${record.table !== "rejected" && html`<button type="button" tabindex=${active ? 0 : -1} title="where it comes from (l)" aria-label="Origin: where it comes from" onClick=${() => act("lineage", record)}>↰<span> Origin</span></button>`}
        <button type="button" tabindex=${active ? 0 : -1} title="large (o)" aria-label="Large" onClick=${() => act("focus", record)}>⤢<span> Large</span></button>
      </span>
    </header>
    ${record.table === "rejected" && html`<p><strong>${String(record.values.reason).replaceAll("_", " ")}</strong> <span class="note">would have gone to ${record.values.table}, from <code>${plain(String(record.values.place))}</code></span></p>`}
    <${Fields} record=${record} names=${names} rendered=${rendered && active} first=${shown} />
    ${hub.value.overlap > 1 && record.judged && html`<p class="note">${record.judged.submitted + record.judged.discarded} of ${hub.value.overlap} judged it</p>`}
  </article>`;
}
export const Card = memo(Article);

/** What a list is like, in short. @param {{record: any, field: string, act: (name: string, record: any) => void}} props */
export function Reference({ record, field, act }) {
  const known = useCell(stands, (all) => all.get(subject(record)));
  return html`<article class="card reference" aria-label="Reference">
    <header><strong>Reference</strong><${Status} status=${(known ?? stand(record)).judgement?.status ?? "pending"} /><span class="facts"><code title=${record.id}>${record.id.slice(0, 8)}</code></span>
      <span class="acts"><button type="button" onClick=${() => act("focus", record)}>⤢<span> Large</span></button></span></header>
    <${Fields} record=${record} names=${[field]} rendered=${false} first=${CLOSED} />
  </article>`;
}
