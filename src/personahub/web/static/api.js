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

/**
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<Response>}
 */
export async function ask(path, body, signal) {
  let answer;
  try {
    answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal,
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
