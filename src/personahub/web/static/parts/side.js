/** Beside the list, or at its foot. */
import { Cell, useCell } from "../cell.js";
import { classes, html } from "../html.js";

export const sideOpen = new Cell(false);

/** Where one judges: beside the list where there is room, at the foot of the page, to be opened, where there is none. */
export function Side({ shown, children }) {
  const open = useCell(sideOpen);
  return html`<aside class=${classes({ side: true, closed: !open })} aria-label="Judge">
    ${shown && html`<button type="button" class="side-door" aria-expanded=${open} onClick=${() => sideOpen.set(!open)}>Judge <span aria-hidden="true">${open ? "▾" : "▴"}</span></button>${children}`}</aside>`;
}
