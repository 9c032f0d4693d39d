/** Turns of a conversation, in the two forms that chat data come in: role and content, or from and value. */
import { html } from "../html.js";
import { isTree, said, Tree } from "./json.js";
import { Markdown } from "./markdown.js";
import { isTool, Tool } from "./tool.js";

const MOST = 200; // turns that are drawn
const PEOPLE = new Map([["human", "user"], ["gpt", "assistant"], ["bot", "assistant"]]);

/**
 * The turns of a value of JSON, or null where it is no conversation.
 * @param {unknown} value
 * @returns {{role: string, content: unknown, calls: unknown[]}[] | null}
 */
export function turns(value) {
  const inner = isTree(value) && !Array.isArray(value) ? value.messages ?? value.conversations ?? value.turns : value;
  if (!Array.isArray(inner) || !inner.length) return null;
  const found = inner.map(turn);
  return found.every((one) => one !== null) ? /** @type {any} */ (found) : null;
}

/** @param {any} one */
function turn(one) {
  if (!isTree(one) || Array.isArray(one)) return null;
  const role = one.role ?? one.from;
  const content = one.content ?? one.value;
  const calls = Array.isArray(one.tool_calls) ? one.tool_calls : [];
  if (typeof role !== "string" || (content === undefined && !calls.length)) return null;
  return { role: PEOPLE.get(role) ?? role, content, calls };
}

/** @param {{value: {role: string, content: unknown, calls: unknown[]}[]}} props */
export function Chat({ value }) {
  return html`<ol class="chat">${value.slice(0, MOST).map((one) => html`<li class=${`turn turn-${/^(user|system|tool)$/.test(one.role) ? one.role : "other"}`}>
      <p class="turn-role" dir="auto">${one.role.slice(0, 40)}</p>
      ${body(one.content)}
      ${one.calls.map((call) => html`<${Tool} tool=${called(call)} />`)}
    </li>`)}</ol>
    ${value.length > MOST && html`<p class="note">${value.length - MOST} more turns stand in the raw text.</p>`}`;
}

/** @param {unknown} content */
function body(content) {
  if (content === null || content === undefined) return null;
  if (typeof content === "string") return html`<${Markdown} text=${content} />`;
  if (Array.isArray(content)) {
    return content.map((part) => (isTree(part) && typeof part.text === "string"
      ? html`<${Markdown} text=${part.text} />` : html`<${Tree} value=${part} />`));
  }
  return isTool(content) ? html`<${Tool} tool=${content} />` : html`<p>${said(content)}</p>`;
}

/** @param {any} call */
function called(call) {
  const inner = isTree(call) && isTree(call.function) ? call.function : call;
  return isTool(inner) ? inner : { name: "call", arguments: inner };
}
