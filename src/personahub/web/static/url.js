/** Where one is: screen, view and record, all of it in the address, so that Back, a reload and a link work. */
import { Cell } from "./cell.js";

/**
 * @typedef {object} Place
 * @property {string} screen
 * @property {string} table
 * @property {string} task
 * @property {string} query
 * @property {string} field
 * @property {string} where
 * @property {Record<string, any>} filters
 * @property {string} show
 * @property {string} selection
 * @property {any} near
 * @property {any} area
 * @property {string} by
 * @property {string} sort
 * @property {boolean} down
 * @property {number} seed
 * @property {string} cursor
 * @property {string} at
 * @property {string} colour
 * @property {string} run
 */

/** @type {Place} */
export const START = { screen: "explore", table: "", task: "", query: "", field: "", where: "", filters: {}, show: "kept", selection: "",
  near: null, area: null, by: "", sort: "", down: false, seed: 0, cursor: "", at: "", colour: "", run: "" };
const OF_VIEW = ["table", "task", "query", "field", "where", "filters", "show", "selection", "near", "area", "by", "sort", "down", "seed"];
const LATER = 300; // ms: browsers allow some 200 changes of the address in 30 s, and judging is quicker

/**
 * @param {string} search
 * @returns {Place}
 */
export function read(search) {
  const place = /** @type {any} */ ({ ...START });
  for (const [name, said] of new URLSearchParams(search)) {
    if (Object.hasOwn(START, name)) place[name] = value(START[name], said);
  }
  return place;
}

/**
 * @param {unknown} like
 * @param {string} said
 */
function value(like, said) {
  if (typeof like === "string") return said;
  try {
    const read = JSON.parse(said);
    return like === null || typeof read === typeof like ? read : like;
  } catch {
    return like;
  }
}

/** @param {Place} place */
export function written(place) {
  const told = new URLSearchParams();
  for (const [name, like] of Object.entries(START)) {
    const here = place[name];
    const said = typeof like === "string" ? here : JSON.stringify(here);
    if (said !== (typeof like === "string" ? like : JSON.stringify(like))) told.set(name, said);
  }
  const search = told.toString();
  return search ? `/?${search}` : "/";
}

if (location.pathname !== "/") history.replaceState(null, "", "/"); // the link, which has been used, is no place to come back to

export const place = new Cell(read(location.search));

/** @type {number | undefined} */
let waiting;

/** @param {boolean} again whether the entry of the history is kept and changed */
function write(again) {
  clearTimeout(waiting);
  waiting = undefined;
  const address = written(place.value);
  if (address === location.pathname + location.search) return;
  if (again) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
}

/**
 * Go elsewhere. Another view begins at its first record.
 * @param {Partial<Place>} change
 * @param {"push" | "replace" | "later"} [how] "later" for what changes with every key
 */
export function go(change, how = "push") {
  const fresh = OF_VIEW.some((name) => name in change && JSON.stringify(change[name]) !== JSON.stringify(place.value[name]));
  if (waiting !== undefined && how === "push") write(true);
  place.set({ ...place.value, ...(fresh ? { cursor: "", at: "" } : {}), ...change });
  if (how !== "later") write(how === "replace");
  else if (waiting === undefined) waiting = setTimeout(() => write(true), LATER);
}

addEventListener("popstate", () => {
  clearTimeout(waiting);
  waiting = undefined;
  place.set(read(location.search));
});
addEventListener("pagehide", () => waiting !== undefined && write(true));

/**
 * The view that a place means, as the server takes it; what is as usual is left out.
 * @param {Place} here
 */
export function view(here) {
  const { table, task, query, field, where, filters, show, selection, near, area, by, sort, down, seed } = here;
  const told = /** @type {Record<string, any>} */ ({ table, show, filters });
  for (const [name, one] of Object.entries({ task, query, field, where, selection, near, area, sort, down, seed })) if (one) told[name] = one;
  if (by) told.judged_by = by;
  return told;
}
