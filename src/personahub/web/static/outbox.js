/**
 * What people decided, on its way to the disk of the server: in order, one at a time, again until it is answered. Each
 * stands in the browser's own storage from the moment it is decided, so a closed tab or a dead server loses nothing.
 */
import { connection, Gone, post, Refused } from "./api.js";
import { Cell } from "./cell.js";

/**
 * @typedef {object} Item
 * @property {string} place its key in the storage; sorts by time
 * @property {string} path
 * @property {any} body
 * @property {string} subject "table/id" of the record, or ""
 * @property {string} reviewer
 */

const FIRST_WAIT = 400;
const LONGEST_WAIT = 5_000;
const TRANSIENT = new Set([429, 500, 502, 503, 504, 507]);

/** @type {Cell<{waiting: number, trouble: string}>} */
export const outbox = new Cell({ waiting: 0, trouble: "" });

let hub = "";
let reviewer = "";
let number = 0;
let wait = FIRST_WAIT;
let sending = false;
/** @type {Map<string, Item>} those that the storage had no room for */
const unkept = new Map();
/** @type {{answered: (item: Item, answer: any) => void, refused: (item: Item, error: Refused) => void}} */
let told = { answered: () => undefined, refused: () => undefined };
const tab = Array.from(crypto.getRandomValues(new Uint8Array(4)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const prefix = () => `personahub:out:${hub}:`;

/** A key that no other action has. */
export const key = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * @param {string} name of the hub
 * @param {string} who
 * @param {typeof told} tell
 */
export function openOutbox(name, who, tell) {
  [hub, reviewer, told] = [name, who, tell];
  count();
  void send();
}

/** @returns {string[]} keys of what waits, the oldest first */
function waiting() {
  const kept = Object.keys(localStorage).filter((name) => name.startsWith(prefix()));
  return [...kept, ...unkept.keys()].sort();
}

/**
 * @param {string} name
 * @returns {Item | null}
 */
function item(name) {
  const kept = localStorage.getItem(name);
  return kept ? { place: name, ...JSON.parse(kept) } : unkept.get(name) ?? null;
}

/** @param {Item} one */
function keep(one) {
  const { place, ...rest } = one;
  try {
    localStorage.setItem(place, JSON.stringify(rest));
  } catch {
    unkept.set(place, one);
  }
}

/** @param {string} [trouble] */
function count(trouble = "") {
  const now = { waiting: waiting().length, trouble };
  const { value } = outbox;
  if (now.waiting !== value.waiting || trouble !== value.trouble) outbox.set(now);
}

/**
 * @param {string} path
 * @param {any} body
 * @param {string} [subject]
 */
export function put(path, body, subject = "") {
  number += 1;
  const place = `${prefix()}${String(Date.now()).padStart(15, "0")}-${String(number).padStart(6, "0")}-${tab}`;
  keep({ place, path, body: { ...body, key: key() }, subject, reviewer });
  count(outbox.value.trouble);
  void send();
}

/** What waits about records, the oldest first. */
export const pending = () => waiting().map(item).filter((one) => one !== null);

/**
 * What was decided on a record while an earlier decision was on its way is meant for what that one made.
 * @param {string} subject
 * @param {number} revision
 */
export function rebase(subject, revision) {
  for (const one of pending()) {
    if (one.subject === subject && "revision" in one.body) keep({ ...one, body: { ...one.body, revision } });
  }
}

/** One tab at a time sends; the others wait for their turn. */
async function send() {
  if (sending || !hub) return;
  sending = true;
  const work = async () => {
    while (await sendOne());
  };
  try {
    await (navigator.locks ? navigator.locks.request(prefix(), work) : work());
  } finally {
    sending = false;
  }
  if (waiting().length && !outbox.value.trouble) void send();
}

/** @returns {Promise<boolean>} whether to go on at once */
async function sendOne() {
  const name = waiting()[0];
  const one = name ? item(name) : null;
  if (!one) {
    count();
    return false;
  }
  if (one.reviewer !== reviewer) return later(`${one.reviewer} has judgements here that are not sent: judge as ${one.reviewer} to send them.`, true);
  try {
    const answer = await post(one.path, one.body);
    done(name);
    told.answered(one, answer);
  } catch (error) {
    if (error instanceof Gone) return later("The server does not answer.");
    if (!(error instanceof Refused)) throw error;
    if (error.status === 401 || TRANSIENT.has(error.status)) return later(error.message);
    done(name);
    told.refused(one, error);
  }
  return true;
}

/** @param {string} name */
function done(name) {
  localStorage.removeItem(name);
  unkept.delete(name);
  wait = FIRST_WAIT;
  count();
}

/**
 * @param {string} trouble
 * @param {boolean} [idle] whether waiting alone cures nothing
 */
function later(trouble, idle = false) {
  count(trouble);
  if (!idle) {
    setTimeout(() => void send(), wait);
    wait = Math.min(LONGEST_WAIT, wait * 2);
  }
  return false;
}

connection.watch((state) => {
  if (state !== "up") return;
  wait = FIRST_WAIT;
  void send();
});
addEventListener("storage", (event) => event.key?.startsWith(prefix()) && count(outbox.value.trouble));
addEventListener("beforeunload", (event) => {
  if (unkept.size || (outbox.value.waiting && outbox.value.trouble)) event.preventDefault();
});
