/** Beside the list, or at its foot. */
import { classes, html, useState } from "../html.js";

/** Where one judges: beside the list where there is room, at the foot of the page, to be opened, where there is none. */
export function Side({ shown, children }) {
  const [open, setOpen] = useState(false);
  return html`<aside class=${classes({ side: true, closed: !open })} aria-label="Judge">
    ${shown && html`<button type="button" class="side-door" aria-expanded=${open} onClick=${() => setOpen(!open)}>Judge <span aria-hidden="true">${open ? "▾" : "▴"}</span></button>${children}`}</aside>`;
}
