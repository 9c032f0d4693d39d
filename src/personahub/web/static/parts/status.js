/** Signs beside a record; never by colour alone. */
import { html } from "../html.js";

const SIGNS = { pending: "○", draft: "✎", submitted: "✓", discarded: "✕", skipped: "↷" };
export const STATUSES = Object.keys(SIGNS);

/** @param {{status: string}} props */
export const Status = ({ status }) => html`<span class=${`status status-${status}`}><span aria-hidden="true">${SIGNS[status] ?? "·"}</span> ${status}</span>`;

/** @param {{reason: string | null}} props */
export const Verdict = ({ reason }) => reason && html`<span class="verdict" title="a verdict drops it">dropped: ${reason.replaceAll("_", " ")}</span>`;

/** @param {any} error */
export const sentence = (error) => (error instanceof Error ? error.message : String(error ?? ""));

/** @param {{error: any, again?: () => void}} props */
export const Wrong = ({ error, again }) => error && html`<p class="wrong" role="alert"><span aria-hidden="true">⚠ </span>${sentence(error)}
  ${again && html` <button type="button" onClick=${again}>Try again</button>`}</p>`;

/** @param {string | null | undefined} at */
export function time(at) {
  if (!at) return "";
  const moment = new Date(at);
  return Number.isNaN(moment.getTime()) ? String(at) : moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
