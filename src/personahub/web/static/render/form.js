/** What a text can be drawn as, besides as it is. */
import { html } from "../html.js";
import { Chat, turns } from "./chat.js";
import { parsed, Tree } from "./json.js";
import { Markdown, uses } from "./markdown.js";
import { isTool, Tool } from "./tool.js";

const LOOKED_AT = 2_000_000; // characters: what is longer is only ever shown raw

/**
 * @param {string} text
 * @returns {{name: string, draw: () => any} | null}
 */
export function form(text) {
  if (text.length > LOOKED_AT) return null;
  const value = parsed(text);
  if (value !== undefined) {
    const talk = turns(value);
    if (talk) return { name: "turns", draw: () => html`<${Chat} value=${talk} />` };
    if (isTool(value)) return { name: "tool", draw: () => html`<${Tool} tool=${value} />` };
    return { name: "JSON", draw: () => html`<${Tree} value=${value} />` };
  }
  return uses(text) ? { name: "Markdown", draw: () => html`<${Markdown} text=${text} />` } : null;
}
