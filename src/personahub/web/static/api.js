/** Questions to the server, and what comes of them. Nothing else on the page talks over the network but pictures. */
import { Cell } from "./cell.js";

/** What the server refused, with its sentence. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {any} error
   */
  constructor(status, error) {
    super(error?.message ?? `the server said ${status}`);
    this.status = status;
    this.code = error?.code ?? "";
    this.error = error ?? {};
  }
}

/** The server does not answer. */
export class Gone extends Error {}

/** @type {Cell<"up" | "gone" | "locked">} whether the server answers, and whether it knows this browser */
export const connection = new Cell("up");

const AGAIN = 700; // ms between looks for a server that is gone
const BEHIND = { Priority: "u=7" }; // of what nobody waits for: the server answers it behind the rest, one after the other

/**
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} [signal]
 * @param {Record<string, string>} [headers]
 * @returns {Promise<Response>}
 */
export async function ask(path, body, signal, headers = {}) {
  let answer;
  try {
    answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body), signal,
      credentials: "same-origin", cache: "no-store" });
  } catch (error) {
    if (signal?.aborted) throw error;
    lost();
    throw new Gone("The server does not answer.");
  }
  if (answer.ok) {
    connection.set("up");
    return answer;
  }
  const told = await answer.json().catch(() => null);
  connection.set(answer.status === 401 ? "locked" : "up");
  throw new Refused(answer.status, told?.error);
}

/**
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function post(path, body, signal) {
  return (await ask(path, body, signal)).json();
}

/**
 * What is nice to know, once nothing is asked that somebody waits for.
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function postBehind(path, body, signal) {
  return (await ask(path, body, signal, BEHIND)).json();
}

/** @type {Map<string, Promise<any>>} */
const asking = new Map();

/**
 * The same, once for all that ask for it at the same time.
 * @param {string} path
 * @param {object} body
 * @returns {Promise<any>}
 */
export function postShared(path, body) {
  const question = path + JSON.stringify(body);
  const found = asking.get(question) ?? postBehind(path, body).finally(() => asking.delete(question));
  asking.set(question, found);
  return found;
}

let looking = false;

function lost() {
  connection.set("gone");
  if (looking) return;
  looking = true;
  setTimeout(look, AGAIN);
}

async function look() {
  looking = false;
  if (connection.value === "gone") await post("/api/hub", {}).catch(() => undefined);
}
