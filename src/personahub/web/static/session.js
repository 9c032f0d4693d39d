/** What the whole page knows: the hub, who judges, what was last told, and how the page is set in this browser. */
import { post } from "./api.js";
import { Cell } from "./cell.js";

/** @type {Cell<any>} the answer of /api/hub */
export const hub = new Cell(null);

/** @type {Cell<{text: string, kind: "said" | "wrong", act?: {label: string, go: () => void}} | null>} */
export const told = new Cell(null);

/** @type {Cell<string>} what a screen reader is told */
export const announced = new Cell("");

/** @type {Cell<number>} raised when counts may have changed */
export const changed = new Cell(0);

const KEPT = "personahub:settings";
const USUAL = { keys: true, theme: "system", rendered: false, advance: true };

/** @returns {typeof USUAL} */
function kept() {
  try {
    return { ...USUAL, ...JSON.parse(localStorage.getItem(KEPT) ?? "{}") };
  } catch {
    return USUAL;
  }
}

export const settings = new Cell(kept());

/** @param {Partial<typeof USUAL>} change */
export function set(change) {
  settings.update((now) => ({ ...now, ...change }));
  localStorage.setItem(KEPT, JSON.stringify(settings.value));
}

/** @param {string} theme */
function dress(theme) {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.theme;
  else root.dataset.theme = theme;
}
settings.watch((now) => dress(now.theme));
dress(settings.value.theme);

/** Whether the page is drawn dark. */
export const isDark = () => (settings.value.theme === "system" ? matchMedia("(prefers-color-scheme: dark)").matches : settings.value.theme === "dark");

let leaves = 0;

/**
 * A word at the foot of the page; errors stay until they are closed.
 * @param {string} text
 * @param {"said" | "wrong"} [kind]
 * @param {{label: string, go: () => void}} [act]
 */
export function say(text, kind = "said", act) {
  clearTimeout(leaves);
  told.set({ text, kind, act });
  announced.set(text);
  if (kind === "said") leaves = setTimeout(() => told.set(null), 6_000);
}

/** @param {unknown} error */
export const wrong = (error) => say(error instanceof Error ? error.message : String(error), "wrong");

/** The hub anew: its tables, its reviewers. */
export async function lookAgain() {
  hub.set(await post("/api/hub", {}));
  return hub.value;
}

/** @param {string} name */
export const tableOf = (name) => hub.value?.tables.find((table) => table.name === name);

let later = 0;

/** Counts are looked at again once nothing has changed for a moment. */
export function changes() {
  clearTimeout(later);
  later = setTimeout(() => changed.update((times) => times + 1), 500);
}
