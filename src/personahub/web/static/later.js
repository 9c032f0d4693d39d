/** What the first page does not need: fetched behind it, or when it is first asked for. */
import { Gone } from "./api.js";
import { Cell, useCell } from "./cell.js";
import { html, useEffect, useState } from "./html.js";
import { Wrong } from "./parts/status.js";

/**
 * @typedef {{there: Cell<any>, fetch: () => Promise<void>}} Later `there` is null until it is
 */

/** @type {Later[]} */
const all = [];

/**
 * @param {() => Promise<any>} load
 * @returns {Later}
 */
export function later(load) {
  const there = new Cell(null);
  const one = { there, fetch: async () => void (there.value ?? there.set(await load())) };
  all.push(one);
  return one;
}

/** All of it; what cannot be fetched now is fetched when it is asked for. */
export const fetchAll = () => all.forEach((one) => one.fetch().catch(() => undefined));

/** A component that may have to be fetched first. @param {{part: Later} & Record<string, any>} props */
export function Part({ part, ...props }) {
  const { there, error, again } = useLater(part);
  return there ? html`<${there} ...${props} />` : html`<${Wrong} error=${error} again=${again} />`;
}

/**
 * @param {Later} one
 * @param {boolean} [wanted]
 * @returns {{there: any, error: unknown, again: () => void}} `there`: what was loaded, null as long as it is not
 */
export function useLater(one, wanted = true) {
  const there = useCell(one.there);
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const again = () => {
    setError(null);
    one.fetch().catch(() => setError(new Gone("The server does not answer.")));
  };
  useEffect(() => void (wanted && !there && again()), [one, wanted]);
  return { there, error, again };
}
