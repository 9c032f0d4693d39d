/** What narrows the list, each with a way to let it go. */
import { html } from "../html.js";
import { go } from "../url.js";

/**
 * @param {import("../url.js").Place} here
 * @returns {{what: string, label: string, without: object}[]}
 */
export function conditions(here) {
  const found = Object.entries(here.filters).map(([name, filter]) => {
    const { [name]: _, ...rest } = here.filters;
    return { what: `filters.${name}`, label: `${name}: ${filtered(filter)}`, without: { filters: rest } };
  });
  const one = (what, label, without) => label && found.push({ what, label, without });
  one("where", here.where && `where ${here.where}`, { where: "" });
  one("show", here.show !== "kept" && (here.show === "all" ? "dropped ones, too" : "dropped ones only"), { show: "kept" });
  one("selection", here.selection && `selection ${here.selection}`, { selection: "" });
  one("area", here.area && "an area of the map", { area: null });
  one("judged_by", here.by && `judged by ${here.by}`, { by: "" });
  return found;
}

/** @param {any} filter */
function filtered(filter) {
  const values = (list) => list.map((value) => (value === null ? "none" : String(value))).join(", ");
  if (filter.in) return values(filter.in);
  if (filter.not) return `not ${values(filter.not)}`;
  const { min, max } = filter;
  if (min !== undefined && max !== undefined) return min === max ? String(min) : `${min} to ${max}`;
  return min === undefined ? `up to ${max}` : `${min} and more`;
}

/** @param {{here: import("../url.js").Place}} props */
export function Chips({ here }) {
  const found = conditions(here);
  if (!found.length) return null;
  return html`<ul class="chips" aria-label="Conditions">${found.map((one) => html`<li key=${one.what}>
      <span dir="auto">${one.label.slice(0, 120)}</span>
      <button type="button" aria-label=${`Let go: ${one.label.slice(0, 120)}`} onClick=${() => go(one.without)}>✕</button></li>`)}
    ${found.length > 1 && html`<li class="chips-all"><button type="button" class="quiet"
      onClick=${() => go(Object.assign({}, ...found.map((one) => one.without), { filters: {} }))}>Let all go</button></li>`}
  </ul>`;
}
