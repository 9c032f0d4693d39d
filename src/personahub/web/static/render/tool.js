/** A tool's interface as PERSONA HUB writes it, and calls of tools as chat models write them. */
import { html } from "../html.js";
import { isTree, said, Tree } from "./json.js";
import { plain } from "./text.js";

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export const isTool = (value) =>
  isTree(value) && !Array.isArray(value) && ["function_name", "name"].some((name) => name in value) &&
  ["input_args", "parameters", "arguments", "return", "depend"].some((name) => name in value);

/** @param {{tool: Record<string, unknown>}} props */
export function Tool({ tool }) {
  const { name, function_name: call, description, input_args: args, parameters, arguments: given, ...rest } = tool;
  const inputs = args ?? parameters ?? given;
  return html`<div class="tool">
    <p class="tool-name"><code>${plain(String(call ?? name))}</code>${call && name && name !== call && html` ${plain(String(name))}`}</p>
    ${description !== undefined && html`<p dir="auto">${plain(said(description))}</p>`}
    ${inputs !== undefined && html`<p class="title">Takes</p><${Inputs} value=${inputs} />`}
    ${Object.entries(rest).map(([title, value]) => html`<p class="title">${plain(title)}</p>
      ${isTree(value) ? html`<${Tree} value=${value} />` : html`<p dir="auto">${plain(said(value))}</p>`}`)}
  </div>`;
}

/**
 * A table where each input is an object with fields of its own; a tree of whatever else it may be.
 * @param {{value: unknown}} props
 */
function Inputs({ value }) {
  const rows = Array.isArray(value) ? value : isTree(value)
    ? Object.entries(value).map(([name, one]) => (isTree(one) && !Array.isArray(one) ? { name, ...one } : null)) : [];
  if (!rows.length || !rows.every((row) => isTree(row) && !Array.isArray(row))) {
    return isTree(value) ? html`<${Tree} value=${value} />` : html`<p dir="auto">${plain(said(value))}</p>`;
  }
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].slice(0, 8);
  return html`<div class="scroll" tabindex="0" role="group" aria-label="What the tool takes"><table>
    <thead><tr>${columns.map((column) => html`<th scope="col">${plain(column)}</th>`)}</tr></thead>
    <tbody>${rows.slice(0, 50).map((row) => html`<tr>${columns.map((column) =>
      html`<td dir="auto">${row[column] === undefined ? "" : plain(said(row[column]))}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}
