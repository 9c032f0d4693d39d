/** Questions whose answers are shown: the newest question counts, an answer that was overtaken is dropped. */
import { connection, Gone, post, postBehind } from "./api.js";
import { useCell } from "./cell.js";
import { useEffect, useLayoutEffect, useRef, useState } from "./html.js";

const MAKING = 1_000; // ms before a question is put again whose vectors, index or map are being made
const SLOW = [1_000, 3_000, 9_000]; // ms before each further try of one that took too long

/**
 * @typedef {{answer: any, error: any, waiting: boolean, of: string, asked: number}} Asked
 * `of` is the question that `answer` belongs to, `asked` when it was put.
 */

/**
 * @param {string} path
 * @param {object | null} body null: nothing is asked
 * @param {{again?: unknown, ask?: (path: string, body: object, signal: AbortSignal) => Promise<any>}} [how] `again`: what makes it ask again
 * @returns {Asked}
 */
export function useAsked(path, body, { again = 0, ask = post } = {}) {
  const [state, setState] = useState(/** @type {Asked} */ ({ answer: null, error: null, waiting: body !== null, of: "", asked: 0 }));
  const up = useCell(connection, (now) => now === "up");
  const question = body === null ? "" : path + JSON.stringify(body);
  const failed = useRef(false);
  const slow = useRef({ question: "", again: /** @type {unknown} */ (0), times: 0 });
  const [retries, setRetries] = useState(0); // of what is still being made, or was too slow
  // not after the next frame is painted, which is the time that the server needs
  useLayoutEffect(() => {
    if (body === null) return undefined;
    if (slow.current.question !== question || slow.current.again !== again) slow.current = { question, again, times: 0 };
    const stop = new AbortController();
    const asked = performance.now();
    setState((now) => ({ ...now, waiting: true }));
    ask(path, body, stop.signal).then(
      (answer) => !stop.signal.aborted && setState({ answer, error: null, waiting: false, of: question, asked }),
      (error) => {
        if (stop.signal.aborted) return;
        failed.current = error instanceof Gone;
        setState((now) => ({ ...now, error, waiting: false }));
        const pause = pauseAfter(error, slow.current);
        if (pause) setTimeout(() => !stop.signal.aborted && setRetries((now) => now + 1), pause);
      });
    return () => stop.abort();
  }, [question, again, retries, failed.current && up]);
  return state;
}

/**
 * How long to wait before a question is put again that failed so; undefined where that is of no use.
 * @param {any} error
 * @param {{times: number}} slow how often it took too long, which is counted here
 */
export const pauseAfter = (error, slow) => (error.code === "not_ready" ? MAKING : error.code === "too_slow" ? SLOW[slow.times++] : undefined);

export const REST = 500; // ms in which nothing changes: the hand rests, and what takes long may be asked for

/**
 * A question once it has stood for a moment: what is nice to know must not be in the way of what is waited for.
 * @template T
 * @param {T} body
 * @param {number} calm ms
 * @returns {T | null}
 */
export function useCalm(body, calm) {
  const name = JSON.stringify(body);
  const [asked, setAsked] = useState(/** @type {{name: string, body: T} | null} */ (null));
  useEffect(() => {
    const waits = setTimeout(() => setAsked({ name, body }), calm);
    return () => clearTimeout(waits);
  }, [name]);
  return asked?.body ?? null;
}

/** @type {Map<string, {promise: Promise<any>, at: number, there: boolean}>} */
const near = new Map();
const FRESH = 30_000;

/**
 * What is likely to be asked next, asked now.
 * @param {string} path
 * @param {object} body
 */
export function prefetch(path, body) {
  const question = path + JSON.stringify(body);
  if (near.has(question)) return;
  const promise = postBehind(path, body).then((answer) => ({ ...answer, asked: 0 }));
  const one = { promise, at: performance.now(), there: false };
  promise.then(() => (one.there = true), () => near.delete(question));
  near.set(question, one);
  if (near.size > 4) near.delete(near.keys().next().value);
}

/** What was asked while somebody types, and what will be when the answer is there. */
const early = { /** @type {{question: string, promise: Promise<any>, at: number} | null} */ asked: null, /** @type {(() => void) | null} */ next: null, busy: false };

/**
 * What is asked with every key, so that the answer is there when the hand rests and it is shown: one at a time, the newest.
 * @param {string} path
 * @param {object} body
 */
export function askEarly(path, body) {
  if (early.busy) {
    early.next = () => askEarly(path, body);
    return;
  }
  const at = performance.now();
  const promise = post(path, body).then((answer) => ({ ...answer, asked: at }));
  early.asked = { question: path + JSON.stringify(body), promise, at };
  early.busy = true;
  const done = () => {
    early.busy = false;
    const { next } = early;
    early.next = null;
    next?.();
  };
  promise.then(done, done);
}

/**
 * What is there is taken, and what was asked early. What is still on its way behind others is asked for again.
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} signal
 */
export function askNear(path, body, signal) {
  const question = path + JSON.stringify(body);
  const { asked } = early;
  early.asked = early.next = null;
  if (asked?.question === question && performance.now() - asked.at < FRESH) return asked.promise;
  const known = near.get(question);
  near.delete(question);
  const fresh = known?.there && performance.now() - known.at < FRESH;
  return fresh ? known.promise : post(path, body, signal);
}
