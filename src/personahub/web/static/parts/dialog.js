/** A dialog of the browser's own: it holds the focus, Esc closes it, and the focus goes back to where it was. */
import { html, useEffect, useRef } from "../html.js";

/** @param {{title: string, close: () => void, children: any, wide?: boolean}} props */
export function Dialog({ title, close, children, wide = false }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    box.current?.showModal();
    return () => before?.isConnected && before.focus({ preventScroll: true });
  }, []);
  return html`<dialog ref=${box} class=${wide ? "wide" : ""} aria-labelledby="dialog-title" onCancel=${(event) => {
      event.preventDefault();
      close();
    }} onClick=${(event) => event.target === box.current && close()}>
    <div class="dialog"><header><h2 id="dialog-title">${title}</h2><button type="button" class="quiet" aria-label="Close" onClick=${close}>✕</button></header>
    ${children}</div>
  </dialog>`;
}
