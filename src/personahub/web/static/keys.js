/** Everything by keyboard: one table of keys, which the help shows and the page obeys. */
import { settings } from "./session.js";

/** @typedef {{keys: string[], does: string, of: string}} Key */

/** @type {Record<string, Key>} */
export const KEYS = {
  search: { keys: ["/"], does: "search", of: "Find" },
  similar: { keys: ["s"], does: "find similar to this record", of: "Find" },
  leave: { keys: ["S"], does: "leave similar", of: "Find" },
  explore: { keys: ["e"], does: "the list", of: "Find" },
  map: { keys: ["m"], does: "the map", of: "Find" },
  next: { keys: ["j", "ArrowDown"], does: "next record", of: "Move" },
  previous: { keys: ["k", "ArrowUp"], does: "record before", of: "Move" },
  focus: { keys: ["o"], does: "one record large, and back", of: "Move" },
  lineage: { keys: ["l"], does: "where it comes from", of: "Move" },
  rendered: { keys: ["r"], does: "raw text, or rendered", of: "Move" },
  rate: { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"], does: "rate, or choose", of: "Judge" },
  submit: { keys: ["Enter"], does: "submit", of: "Judge" },
  discard: { keys: ["x"], does: "discard", of: "Judge" },
  draft: { keys: ["d"], does: "keep as a draft", of: "Judge" },
  skip: { keys: ["n"], does: "skip: not now", of: "Judge" },
  correct: { keys: ["c"], does: "correct the text", of: "Judge" },
  feedback: { keys: ["f"], does: "write feedback", of: "Judge" },
  undo: { keys: ["u"], does: "undo", of: "Judge" },
  redo: { keys: ["U"], does: "redo", of: "Judge" },
  tick: { keys: ["v"], does: "select, for many at once", of: "Many" },
  bulk: { keys: ["b"], does: "act on what is selected", of: "Many" },
  help: { keys: ["?"], does: "these keys", of: "Page" },
};
export const FIXED = [["Ctrl+Enter", "submit from a text field"], ["Ctrl+Z", "undo, outside a text field"], ["Esc", "leave a field or a dialog"]];

/** @type {((name: string, event: KeyboardEvent) => boolean | void)[]} the innermost last */
const listeners = [];

/**
 * @param {(name: string, event: KeyboardEvent) => boolean | void} listener true where it did something
 */
export function onKeys(listener) {
  listeners.push(listener);
  return () => void listeners.splice(listeners.indexOf(listener), 1);
}

const NAMES = new Map(Object.entries(KEYS).flatMap(([name, { keys }]) => keys.map((key) => [key, name])));
const TYPED = "input:not([type=checkbox]):not([type=radio]):not([type=range]):not([type=button]), textarea, select, [contenteditable=true]";
const PRESSED = "button, a[href], summary, input, select, textarea, [role=slider], [tabindex='0'].scroll";

/** @param {KeyboardEvent} event */
function named(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  const typing = target.matches?.(TYPED) ?? false;
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key === "Enter" && !event.altKey) return "submit";
  if (typing || event.altKey) return null;
  if (control) return event.key.toLowerCase() === "z" ? (event.shiftKey ? "redo" : "undo") : null;
  const single = event.key.length === 1;
  if (single && !settings.value.keys && event.key !== "?") return null;
  if (!single && target.matches?.(PRESSED)) return null; // Enter presses it, arrows move in it
  return NAMES.get(event.key) ?? null;
}

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === "Escape") return leave(event);
  if (document.querySelector("dialog[open]")) return undefined;
  const name = named(event);
  if (!name || (event.repeat && !["next", "previous", "undo", "redo"].includes(name))) return undefined;
  for (const listener of [...listeners].reverse()) {
    if (listener(name, event)) {
      event.preventDefault();
      return undefined;
    }
  }
  return undefined;
});

/** @param {KeyboardEvent} event */
function leave(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (!target.matches?.(TYPED) || document.querySelector("dialog[open]")) return;
  target.blur();
  document.querySelector("article[aria-current=true]")?.focus();
  event.preventDefault();
}
