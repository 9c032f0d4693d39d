/** Every column with its values and how many records have each, as the other conditions leave them. */
import { postBehind } from "../api.js";
import { REST, useAsked, useCalm } from "../asked.js";
import { useCell } from "../cell.js";
import { html, memo, number, useEffect, useState } from "../html.js";
import { useColumns } from "../records.js";
import { changed, hub } from "../session.js";
import { go, view } from "../url.js";
import { Wrong } from "./status.js";

const FIRST = ["status", "verdict", "task"]; // these are open to begin with
const SHOWN = 8;

/** @param {{here: import("../url.js").Place, seen: boolean}} props `seen`: whether there are records, which come first */
function Side({ here, seen }) {
  const { columns: all, error } = useColumns(here, seen);
  const columns = all.filter((one) => one.kind !== "text" && (one.distinct ?? 2) > 0 && (here.table !== "rejected" || !["status", "verdict"].includes(one.name)));
  const [open, setOpen] = useState(/** @type {Record<string, boolean>} */ ({}));
  const isOpen = (name) => open[name] ?? (FIRST.includes(name) || name in here.filters);
  const names = columns.map((one) => one.name).filter(isOpen);
  const { sort, down, seed, ...asked } = view(here);
  const times = useCell(changed);
  const calm = useCalm(names.length ? { view: asked, columns: names } : null, REST);
  const counts = useAsked("/api/counts", calm, { again: times, ask: postBehind });
  const ordered = [...columns].sort((one, two) => rank(one.name) - rank(two.name));
  return html`<div class="filters">
    <${Wrong} error=${error} />
    ${here.table !== "rejected" && html`<${Shown} here=${here} />`}
    ${ordered.map((column) => html`<details key=${column.name} class="facet" open=${isOpen(column.name)}
        onToggle=${(event) => setOpen((now) => ({ ...now, [column.name]: event.target.open }))}>
      <summary>${column.name}${column.name in here.filters && html` <span class="on">filtered</span>`}</summary>
      ${isOpen(column.name) && html`<${Facet} column=${column} filter=${here.filters[column.name]} counts=${counts.answer?.counts?.[column.name]}
        change=${(filter) => go({ filters: without(here.filters, column.name, filter) })} />`}
    </details>`)}
    <${Where} here=${here} error=${counts.error?.error?.field === "view.where" ? counts.error : null} />
  </div>`;
}
export const Filters = memo(Side);

/** @param {string} name */
const rank = (name) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);

/**
 * @param {Record<string, any>} filters
 * @param {string} name
 * @param {any} filter
 */
function without(filters, name, filter) {
  const { [name]: _, ...rest } = filters;
  return filter ? { ...rest, [name]: filter } : rest;
}

/** @param {{column: any, filter: any, counts: any[] | undefined, change: (filter: any) => void}} props */
function Facet({ column, filter, counts, change }) {
  return column.kind === "number" ? html`<${Range} column=${column} filter=${filter} bins=${counts ?? column.bins ?? []} change=${change} />`
    : html`<${Values} column=${column} filter=${filter} counts=${counts} change=${change} />`;
}

/** @param {{column: any, filter: any, counts: any[] | undefined, change: (filter: any) => void}} props */
function Values({ column, filter, counts, change }) {
  const [all, setAll] = useState(false);
  const chosen = filter?.in ?? [];
  const told = counts ?? column.values ?? [];
  const values = [...told, ...chosen.filter((value) => !told.some((one) => one.value === value)).map((value) => ({ value, count: 0 }))];
  const shown = all ? values : values.filter((one, index) => index < SHOWN || chosen.includes(one.value));
  const turn = (value) => {
    const next = chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value];
    change(next.length ? { in: next } : null);
  };
  return html`<ul class="values">${shown.map(({ value, count }) => html`<li key=${String(value)}><label>
      <input type="checkbox" checked=${chosen.includes(value)} onChange=${() => turn(value)} />
      <span class="value" dir="auto">${value === null ? html`<em>none</em>` : String(value)}</span>
      <span class="count">${number(count)}</span></label></li>`)}
    ${!shown.length && html`<li class="note">none here</li>`}
    ${values.length > shown.length && html`<li><button type="button" class="quiet" onClick=${() => setAll(true)}>
      ${values.length - shown.length} more${column.distinct > 100 ? ` of ${number(column.distinct)}` : ""}</button></li>`}
  </ul>`;
}

/** @param {{column: any, filter: any, bins: any[], change: (filter: any) => void}} props */
function Range({ column, filter, bins, change }) {
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  const bound = (end, said) => {
    const number = said === "" ? undefined : Number(said);
    const next = { ...(filter ?? {}), [end]: Number.isFinite(number) ? number : undefined };
    change(next.min === undefined && next.max === undefined ? null : JSON.parse(JSON.stringify(next)));
  };
  return html`<div class="range">
    ${bins.length > 1 && html`<div class="bins">${bins.map((bin) => html`<button type="button" key=${bin.from} title=${`${short(bin.from)} to ${short(bin.to)}: ${number(bin.count)}`}
      aria-label=${`${column.name} from ${short(bin.from)} to ${short(bin.to)}: ${number(bin.count)} records`}
      onClick=${() => change({ min: bin.from, max: bin.to })}><span style=${{ height: `${Math.max(bin.count ? 4 : 0, (100 * bin.count) / most)}%` }}></span></button>`)}</div>`}
    <div class="ends">
      <label>from <input type="number" step="any" value=${filter?.min ?? ""} placeholder=${short(column.least)} onChange=${(event) => bound("min", event.target.value)} /></label>
      <label>to <input type="number" step="any" value=${filter?.max ?? ""} placeholder=${short(column.most)} onChange=${(event) => bound("max", event.target.value)} /></label>
    </div>
    ${filter && html`<button type="button" class="quiet" onClick=${() => change(null)}>any</button>`}
  </div>`;
}

/** @param {number | null | undefined} value */
const short = (value) => (typeof value === "number" ? (Number.isInteger(value) ? String(value) : value.toPrecision(3)) : "");

/** @param {{here: import("../url.js").Place}} props */
function Shown({ here }) {
  const { answer } = useAsked("/api/selections", here.table ? {} : null, { again: useCell(changed) });
  const selections = (answer?.selections ?? []).filter((one) => one.table === here.table);
  const reviewers = hub.value?.reviewers ?? [];
  return html`<fieldset class="shown"><legend>Show</legend>
    ${[["kept", "kept"], ["dropped", "dropped"], ["all", "all"]].map(([value, label]) => html`<label>
      <input type="radio" name="show" checked=${here.show === value} onChange=${() => go({ show: value })} /> ${label}</label>`)}
    </fieldset>
    ${(selections.length > 0 || here.selection) && html`<label class="line">Selection <select value=${here.selection} onChange=${(event) => go({ selection: event.target.value })}>
      <option value="">any</option>${selections.map((one) => html`<option value=${one.name}>${one.name} (${number(one.count)})</option>`)}</select></label>`}
    ${reviewers.length > 1 && html`<label class="line">Status of <select value=${here.by} onChange=${(event) => go({ by: event.target.value })}>
      <option value="">me</option>${reviewers.map((one) => html`<option value=${one}>${one}</option>`)}</select></label>`}`;
}

/** @param {{here: import("../url.js").Place, error: any}} props */
function Where({ here, error }) {
  const [typed, setTyped] = useState(here.where);
  useEffect(() => setTyped(here.where), [here.where]);
  return html`<form class="where" onSubmit=${(event) => {
    event.preventDefault();
    go({ where: typed.trim() });
  }}>
    <label for="where">Condition</label>
    <input id="where" value=${typed} onInput=${(event) => setTyped(event.target.value)} onChange=${() => go({ where: typed.trim() })}
      placeholder="hop > 0 AND domain = 'law'" autocomplete="off" spellcheck=${false} aria-invalid=${error ? "true" : undefined} maxlength="5000" />
    <${Wrong} error=${error} />
  </form>`;
}
