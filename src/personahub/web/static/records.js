/** The page of records that a place means, the one behind it, and which of them is looked at. */
import { postBehind, postShared } from "./api.js";
import { askEarly, askNear, prefetch, REST, useAsked, useCalm } from "./asked.js";
import { number, useEffect, useMemo, useRef, useState } from "./html.js";
import { arrived } from "./judging.js";
import { go, view } from "./url.js";

export const PAGE = 25;
const ONWARD = 150; // ms before the next page is asked for, where one goes through the records; else the hand rests first
const PAINTED = 100; // ms in which the first records are painted
const LAST = "last"; // in place of an id: the last record of the page

/** @type {Map<string, string>} the cursor of a page -> that of the page before it */
const before = new Map();

/** @param {import("./url.js").Place} here */
export function useRecords(here) {
  const asked = useMemo(() => view(here), [here.table, here.task, here.query, here.field, here.where, here.filters, here.show, here.selection,
    here.near, here.area, here.by, here.sort, here.down, here.seed]);
  const body = here.table ? page(asked, here.cursor) : null;
  const [times, setTimes] = useState(0);
  const state = useAsked("/api/records", body, { ask: askNear, again: times });
  const answer = useCounted(state.answer, asked);
  useEffect(() => void (answer && arrived(answer.records, answer.asked ?? state.asked)), [state.answer]);
  const records = answer?.records ?? [];
  const found = here.at === LAST ? records.length - 1 : records.findIndex((one) => one.id === here.at);
  const alone = here.screen === "focus" && Boolean(here.at) && found < 0 && (Boolean(answer) || Boolean(state.error));
  // While another page is on its way the one before is still seen, and nothing may be decided on it by a key meant for the next.
  const fresh = state.of === `/api/records${JSON.stringify(body)}`;
  const last = useRef(0);
  if (fresh) last.current = Math.max(0, found);
  const at = fresh ? last.current : Math.min(last.current, records.length - 1);
  const onward = at >= PAGE / 3;
  useEffect(() => {
    if (!answer?.more) return undefined;
    const waits = setTimeout(() => prefetch("/api/records", page(asked, answer.cursor)), onward ? ONWARD : REST);
    return () => clearTimeout(waits);
  }, [state.answer, onward]);
  const again = () => setTimes((now) => now + 1);
  return { ...state, answer, records, at: alone ? -1 : at, first: place(here.cursor), alone, fresh, again };
}

/**
 * @param {object} asked the view
 * @param {string} cursor
 */
const page = (asked, cursor) => ({ view: asked, limit: PAGE, cursor: cursor || null });

/**
 * The page that will be shown when the hand rests.
 * @param {import("./url.js").Place} here with what was typed until now
 */
export function askTyped(here) {
  if (here.table) askEarly("/api/records", page(view(here), ""));
}

/**
 * A page whose total was left open, because the first records were there before all were: counted when nobody types.
 * @param {any} answer
 * @param {object} asked the view
 */
function useCounted(answer, asked) {
  const open = answer?.exact === false ? { view: asked, columns: [] } : null;
  const counted = useAsked("/api/counts", useCalm(open, REST), { ask: postBehind });
  const known = open && counted.answer && counted.of === `/api/counts${JSON.stringify(open)}`;
  return useMemo(() => (known ? { ...answer, total: counted.answer.total, exact: true } : answer), [answer, known]);
}

/**
 * The columns of the table, which are read when they are first asked for: behind the first records.
 * @param {import("./url.js").Place} here
 * @param {boolean} seen whether there are records, or are none
 */
export function useColumns(here, seen) {
  const calm = useCalm(seen && here.table ? { table: here.table, task: here.task || null } : null, PAINTED);
  const { answer, error } = useAsked("/api/columns", calm, { ask: postShared });
  const known = calm?.table === here.table && (calm.task ?? "") === here.task;
  return { columns: known ? answer?.columns ?? [] : [], error };
}

/**
 * How many records there are, as far as that is known.
 * @param {{total: number, exact: boolean}} answer
 */
export function total(answer) {
  return number(answer.total) + (answer.exact === false ? "+" : "");
}

/**
 * The number of the first record on a page.
 * @param {string} cursor
 */
function place(cursor) {
  const after = Number.parseInt(cursor, 10);
  return Number.isNaN(after) ? 1 : after + 2;
}

/**
 * @param {import("./url.js").Place} here
 * @param {ReturnType<typeof useRecords>} list
 * @param {1 | -1} by
 * @returns {boolean} whether there is another record that way
 */
export function step(here, list, by) {
  if (!list.fresh) return true;
  const next = list.records[list.at + by];
  if (next) go({ at: next.id }, "later");
  else if (by > 0 && list.answer?.more) nextPage(here, list);
  else if (by < 0 && here.cursor) pageBefore(here, LAST);
  else return false;
  return true;
}

/**
 * @param {import("./url.js").Place} here
 * @param {ReturnType<typeof useRecords>} list
 */
export function nextPage(here, list) {
  before.set(list.answer.cursor, here.cursor);
  go({ cursor: list.answer.cursor, at: "" });
}

/**
 * @param {import("./url.js").Place} here
 * @param {string} [at]
 */
export function pageBefore(here, at = "") {
  go({ cursor: before.get(here.cursor) ?? "", at });
}
