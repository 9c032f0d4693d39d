/** The records that were selected one by one, for many at once. */
import { Cell } from "./cell.js";

/** @type {Cell<Set<string>>} ids */
export const ticked = new Cell(new Set());

/** @param {string} id */
export function tick(id) {
  ticked.update((now) => {
    const next = new Set(now);
    if (!next.delete(id)) next.add(id);
    return next;
  });
}
