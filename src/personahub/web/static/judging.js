/** What this browser knows of judgements: what was decided is shown at once, and is set right when the server answers. */
import { Cell } from "./cell.js";
import { openOutbox, pending, put, rebase } from "./outbox.js";
import { changes, hub, say } from "./session.js";

/**
 * @typedef {object} Judgement
 * @property {string} status
 * @property {number} revision
 * @property {Record<string, any>} answers
 *
 * @typedef {object} Stand
 * @property {Judgement | null} judgement
 * @property {string | null} verdict
 * @property {{submitted: number, discarded: number}} judged
 * @property {number} [since] when the server said so; none while it is on its way
 */

export const STATUS = { submit: "submitted", discard: "discarded", draft: "draft", skip: "skipped", clear: "pending" };

/** @type {Cell<Map<string, Stand>>} by "table/id" */
export const stands = new Cell(new Map());
/** @type {Cell<{undo: number | null, redo: number | null}>} how much can be taken back; null while it is not known */
export const depth = new Cell({ undo: null, redo: null });
/** @type {Cell<any>} a judgement that met another one */
export const conflict = new Cell(null);
/** @type {Cell<{subject: string} | null>} the record that was last put back; another object each time, so that each is told */
export const putBack = new Cell(null);

/** @type {{subject: string, before: Stand, after: Stand}[]} what was done here, for a quick way back */
let past = [];
/** @type {typeof past} */
let future = [];

/** @param {{table: string, id: string}} record */
export const subject = (record) => `${record.table}/${record.id}`;

/**
 * What holds of a record as far as this browser knows.
 * @param {any} record as a page of records has it
 * @param {Map<string, Stand>} [known]
 * @returns {Stand}
 */
export const stand = (record, known = stands.value) =>
  known.get(subject(record)) ?? { judgement: record.judgement, verdict: record.verdict, judged: record.judged };

/**
 * @param {string} name
 * @param {Stand} now
 */
function note(name, now) {
  stands.update((known) => new Map(known).set(name, now));
}

/**
 * Records came from the server: what is known better here than there stays, the rest gives way.
 * @param {any[]} records
 * @param {number} asked when they were asked for
 */
export function arrived(records, asked) {
  const known = stands.value;
  const stale = records.map(subject).filter((name) => (known.get(name)?.since ?? Infinity) < asked);
  if (!stale.length) return;
  const left = new Map(known);
  for (const name of stale) left.delete(name);
  stands.set(left);
}

/**
 * @param {any} record
 * @param {"submit" | "discard" | "draft" | "skip" | "clear"} action
 * @param {Record<string, any>} answers
 */
export function judge(record, action, answers) {
  const before = stand(record);
  const revision = before.judgement?.revision ?? 0;
  const judgement = action === "clear" ? null : { status: STATUS[action], revision, answers, reviewer: hub.value.reviewer, at: null };
  const after = { judgement, verdict: before.verdict, judged: moved(before, STATUS[action]) };
  past = [...past.slice(-500), { subject: subject(record), before, after }];
  future = [];
  note(subject(record), after);
  forget(subject(record));
  put("/api/judge", { table: record.table, id: record.id, action, answers, revision }, subject(record));
}

/**
 * @param {Stand} before
 * @param {string} status
 */
function moved(before, status) {
  const judged = { ...before.judged };
  const was = before.judgement?.status;
  if (was === "submitted" || was === "discarded") judged[was] = Math.max(0, judged[was] - 1);
  if (status === "submitted" || status === "discarded") judged[status] += 1;
  return judged;
}

/** @param {"undo" | "redo"} way */
export function back(way) {
  const [from, to] = way === "undo" ? [past, future] : [future, past];
  const one = from[from.length - 1];
  if (one) {
    const revision = stands.value.get(one.subject)?.judgement?.revision ?? 0;
    const { judgement, ...rest } = way === "undo" ? one.before : one.after;
    note(one.subject, { ...rest, judgement: judgement && { ...judgement, revision }, since: undefined });
    from.pop();
    to.push(one);
    putBack.set({ subject: one.subject });
  }
  put(`/api/${way}`, {}, one?.subject ?? "");
}

/** @param {any} answer of a bulk action: its records are elsewhere, so the quick way back ends here */
export function bulkDone(answer) {
  [past, future] = [[], []];
  depth.set({ undo: answer.undo, redo: answer.redo });
  stands.set(new Map());
  changes();
}

/** @param {string} name of the hub in this browser */
export function openJudging(name) {
  openOutbox(name, hub.value.reviewer, { answered, refused });
}

/**
 * @param {any} item
 * @param {any} answer
 */
function answered(item, answer) {
  depth.set({ undo: answer.undo ?? null, redo: answer.redo ?? null });
  if (item.path === "/api/judge") settle(item.subject, answer);
  else {
    for (const one of answer.changed ?? []) settle(subject(one), one);
    if (item.subject && !answer.changed?.some((one) => subject(one) === item.subject)) drop(item.subject);
    takenBack(item, answer);
  }
  changes();
}

/** @param {string} name of a record of which the page knows no better than the server any more */
function drop(name) {
  stands.update((known) => {
    const left = new Map(known);
    left.delete(name);
    return left;
  });
}

/**
 * @param {any} item
 * @param {any} answer of undo or redo
 */
function takenBack(item, answer) {
  const what = answer.undone ?? answer.redone;
  const [first] = answer.changed ?? [];
  if (!what) return;
  say(`${answer.undone ? "Taken back" : "Done again"}: ${what.did}${what.records > 1 ? ` of ${what.records.toLocaleString("en")} records` : ""}.`);
  if (first && what.records === 1 && item.subject !== subject(first)) putBack.set({ subject: subject(first) }); // else it was, when the key was pressed
}

/**
 * @param {string} name
 * @param {{judgement: Judgement | null, verdict: string | null, judged: Stand["judged"]}} answer
 */
function settle(name, { judgement, verdict, judged }) {
  rebase(name, judgement?.revision ?? 0);
  const waits = pending();
  const later = waits.some((one) => one.subject === name);
  const shown = stands.value.get(name)?.judgement;
  if (later && shown) note(name, { ...stands.value.get(name), judgement: { ...shown, revision: judgement?.revision ?? 0 } });
  else if (!later) note(name, { judgement, verdict, judged, since: performance.now() });
}

/**
 * @param {any} item
 * @param {any} error
 */
function refused(item, error) {
  if (item.path !== "/api/judge") return say(error.code === "not_found" ? `There is nothing to ${item.path.slice(5)}.` : error.message, "wrong");
  drop(item.subject);
  remember(item.subject, item.body.answers);
  past = past.filter((one) => one.subject !== item.subject);
  if (error.code !== "conflict") return say(`Not kept: ${error.message}`, "wrong");
  const { theirs, yours, record } = error.error;
  note(item.subject, { judgement: theirs, verdict: null, judged: { submitted: 0, discarded: 0 }, since: performance.now() });
  return conflict.set({ item, theirs, yours, record });
}

/** Of two judgements that met, mine is to hold. */
export function insist() {
  const { item, theirs } = conflict.value;
  const { key: _, ...body } = item.body;
  conflict.set(null);
  note(item.subject, { ...stands.value.get(item.subject), judgement: { status: STATUS[body.action], revision: theirs?.revision ?? 0, answers: body.answers } });
  forget(item.subject);
  put("/api/judge", { ...body, revision: theirs?.revision ?? 0 }, item.subject);
}

const DRAFT = "personahub:typed:";

/**
 * What is typed and not yet decided stays in the browser.
 * @param {string} name "table/id"
 * @param {Record<string, any>} answers
 */
export function remember(name, answers) {
  try {
    localStorage.setItem(`${DRAFT}${hub.value.id ?? hub.value.name}:${hub.value.reviewer}:${name}`, JSON.stringify(answers));
  } catch {
    say("This browser has no room left to keep what is typed: save the draft (d).", "wrong");
  }
}

/** @param {string} name */
export const forget = (name) => localStorage.removeItem(`${DRAFT}${hub.value.id ?? hub.value.name}:${hub.value.reviewer}:${name}`);

/**
 * @param {string} name
 * @returns {Record<string, any> | null}
 */
export function remembered(name) {
  try {
    return JSON.parse(localStorage.getItem(`${DRAFT}${hub.value.id ?? hub.value.name}:${hub.value.reviewer}:${name}`) ?? "null");
  } catch {
    return null;
  }
}
