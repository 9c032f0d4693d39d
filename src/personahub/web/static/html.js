/** The one door to the three vendored modules: tagged templates that build nodes, never strings of HTML. */
import { Component, Fragment, h, render } from "./vendor/preact.js";
import htm from "./vendor/htm.js";

export { Fragment, h, render };
export { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./vendor/hooks.js";

/** @type {(strings: TemplateStringsArray, ...values: unknown[]) => any} */
export const html = htm.bind(h);

/**
 * Class names of those that hold.
 * @param {Record<string, unknown>} names
 */
export const classes = (names) => Object.keys(names).filter((name) => names[name]).join(" ");

/** @param {number} count */
export const number = (count) => count.toLocaleString("en");

/**
 * "1 record", "2 records".
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export const counted = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

/**
 * Drawn again only where something that it was given is another thing than before.
 * @template P
 * @param {(props: P) => any} draw
 */
export function memo(draw) {
  return class extends Component {
    /** @param {P} next */
    shouldComponentUpdate(next) {
      const names = Object.keys({ ...this.props, ...next });
      return names.some((name) => !Object.is(this.props[name], next[name]));
    }

    /** @param {P} props */
    render(props) {
      return h(draw, props);
    }
  };
}
