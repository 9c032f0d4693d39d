/** The command line and the Python that do what the page shows, to be copied. */
import { html, useState } from "../html.js";
import { announced, wrong } from "../session.js";

/** @param {{title: string, text: string}} props */
export function Copied({ title, text }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
      announced.set("copied");
      setTimeout(() => setDone(false), 2_000);
    } catch {
      wrong("This browser does not let the page copy: select the text instead.");
    }
  };
  return html`<div class="command"><p class="title">${title}</p><pre tabindex="0" dir="ltr">${text}</pre>
    <button type="button" onClick=${copy}>${done ? "Copied" : "Copy"}</button></div>`;
}

/** @param {{answer: any}} props the answer of /api/command */
export const Commands = ({ answer }) => answer && html`<div class="commands"><${Copied} title="Command line" text=${answer.command} /><${Copied} title="Python" text=${answer.python} />
  ${answer.notes.map((note) => html`<p class="note">${note}</p>`)}</div>`;
