/** A value that is watched: who shows it is drawn again when it changes. */
import { useLayoutEffect, useState } from "./html.js";

/** @template T */
export class Cell {
  /** @param {T} value */
  constructor(value) {
    this.value = value;
    /** @type {Set<(value: T) => void>} */
    this.watchers = new Set();
  }

  /** @param {T} value */
  set(value) {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const watcher of [...this.watchers]) watcher(value);
  }

  /** @param {(value: T) => T} change */
  update(change) {
    this.set(change(this.value));
  }

  /** @param {(value: T) => void} watcher */
  watch(watcher) {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }
}

/**
 * The value of a cell, or what is picked of it; drawn again only where that changes.
 * @template T, P
 * @param {Cell<T>} cell
 * @param {(value: T) => P} [pick]
 * @returns {P}
 */
export function useCell(cell, pick = (value) => /** @type {any} */ (value)) {
  const now = pick(cell.value);
  const [, draw] = useState(0);
  useLayoutEffect(() => {
    let last = now;
    const look = (value) => {
      const next = pick(value);
      if (!Object.is(next, last)) {
        last = next;
        draw((times) => times + 1);
      }
    };
    look(cell.value);
    return cell.watch(look);
  }, [cell, now]);
  return now;
}
