/** The list: what is looked for, what narrows it, the records, and the panel where one is judged. */
import { useCell } from "../cell.js";
import { classes, counted, html, number, useCallback, useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { putBack, subject } from "../judging.js";
import { Bulk } from "../parts/bulk.js";
import { Card } from "../parts/card.js";
import { Chips } from "../parts/chips.js";
import { Empty } from "../parts/empty.js";
import { Filters } from "../parts/filters.js";
import { Near } from "../parts/near.js";
import { Panel } from "../parts/panel.js";
import { SearchLine } from "../parts/search.js";
import { Side } from "../parts/side.js";
import { Sort } from "../parts/sort.js";
import { Wrong } from "../parts/status.js";
import { useActs } from "../acts.js";
import { later, Part } from "../later.js";
import { nextPage, pageBefore, total, useRecords } from "../records.js";
import { announced, set, settings } from "../session.js";
import { ticked } from "../ticked.js";
import { go, place } from "../url.js";

const SCREEN = 8; // records that a large screen has room for
const OTHERS = 150; // ms until the others are drawn: until these are seen, and a quick hand has gone on

const large = later(async () => (await import("./focus.js")).Focus);

export function Explore() {
  const here = useCell(place);
  const list = useRecords(here);
  const ticks = useCell(ticked);
  const { rendered } = useCell(settings);
  const record = list.records[list.at];
  const drawn = useDrawn(list.records, list.at);
  const act = useActs(here, list);
  const byRecord = useCallback((name, one) => act.current(name, one), []);
  useFollowed(here, list, record);
  usePutBack(list);
  if (here.screen === "focus") return html`<${Part} part=${large} here=${here} list=${list} record=${record} act=${act} />`;
  return html`<div class="explore"><h1 class="hidden">Records</h1>
    <${SearchLine} here=${here} />
    <${Drawer} here=${here} seen=${Boolean(list.answer || list.error)} />
    <section class="middle" aria-label="Records" aria-busy=${list.waiting}>
      <${Chips} here=${here} />
      <${Told} here=${here} list=${list} rendered=${rendered} />
      ${here.near && html`<${Near} here=${here} list=${list} act=${byRecord} />`}
      <${Wrong} error=${list.error} again=${list.error?.status === 422 ? undefined : list.again} />
      ${(list.answer?.notes ?? []).map((note) => html`<p class="note">${note}</p>`)}
      ${list.answer?.empty && !list.error && html`<${Empty} here=${here} empty=${list.answer.empty} />`}
      ${list.records.length > 0 && html`<div class=${classes({ feed: true, stale: list.error })} role="feed" aria-label="Records" aria-busy=${list.waiting || drawn < list.records.length}>
        ${list.records.slice(0, drawn).map((one, index) => html`<${Card} key=${subject(one)} record=${one} active=${index === list.at} ticked=${ticks.has(one.id)} rendered=${rendered}
          place=${list.first + index} total=${list.answer.exact === false ? -1 : list.answer.total} act=${byRecord} />`)}
      </div>`}
      <${Pager} here=${here} list=${list} />
    </section>
    <${Side} shown=${record && record.table !== "rejected"}><${Panel} record=${record} act=${(name) => act.current(name)} /><//>
    <${Bulk} here=${here} total=${list.answer ? total(list.answer) : "0"} />
  </div>`;
}

/**
 * How many records are drawn: at once those that a screen has room for, and the others when these are painted.
 * @param {object[]} records
 * @param {number} at the one that is looked at
 */
function useDrawn(records, at) {
  const [all, setAll] = useState(records);
  const few = records.length <= SCREEN;
  useEffect(() => {
    if (few) return undefined;
    const waits = setTimeout(() => setAll(records), OTHERS);
    return () => clearTimeout(waits);
  }, [records]);
  return few || all === records ? records.length : Math.max(SCREEN, at + 1);
}

/** The filters: beside the list where there is room, behind a button where there is none. @param {{here: any, seen: boolean}} props */
function Drawer({ here, seen }) {
  const [open, setOpen] = useState(matchMedia("(min-width: 70rem)").matches);
  return html`<aside class=${classes({ drawer: true, closed: !open })} aria-label="Filters">
    <button type="button" class="drawer-door" aria-expanded=${open} onClick=${() => setOpen(!open)}>Filters <span aria-hidden="true">${open ? "▾" : "▸"}</span></button>
    ${open && html`<${Filters} here=${here} seen=${seen} />`}
  </aside>`;
}

/** How many there are, in what order, how they are shown. @param {{here: any, list: any, rendered: boolean}} props */
function Told({ here, list, rendered }) {
  const { answer } = list;
  const words = answer ? `${total(answer)} of ${counted(answer.of, "record")}` : "";
  useEffect(() => words && announced.set(words), [words]);
  return html`<div class="told-line">
    <p class="total" role="status">${answer ? html`<strong>${total(answer)}</strong> of ${number(answer.of)}` : "…"}</p>
    <${Sort} here=${here} seen=${Boolean(list.answer || list.error)} />
    <label class="switch"><input type="checkbox" checked=${rendered} onChange=${() => set({ rendered: !rendered })} /> rendered <kbd>r</kbd></label>
  </div>`;
}

/** @param {{here: any, list: any}} props */
function Pager({ here, list }) {
  const { answer, records, first } = list;
  if (!answer || (!here.cursor && !answer.more)) return null;
  return html`<nav class="pager" aria-label="Pages">
    <button type="button" disabled=${!here.cursor} onClick=${() => pageBefore(here)}>← Before</button>
    <span>${number(first)} – ${number(first + records.length - 1)}</span>
    <button type="button" disabled=${!answer.more} onClick=${() => nextPage(here, list)}>Next →</button>
  </nav>`;
}

/** The record that is looked at is seen and has the focus, unless one is busy elsewhere. */
function useFollowed(here, list, record) {
  const last = useRef("");
  useLayoutEffect(() => {
    const name = record ? subject(record) : "";
    if (!name || last.current === name) return;
    const first = last.current === "";
    last.current = name;
    const shown = document.querySelector(here.screen === "focus" ? ".focus-record" : "article[aria-current=true]");
    const { activeElement } = document;
    const free = !activeElement || activeElement === document.body || activeElement.id === "main" || activeElement.closest("article, .focus-record, .decide") || !activeElement.isConnected;
    if (shown && free && !document.querySelector("dialog[open]")) shown.focus({ preventScroll: true });
    if (list.at === 0) scrollTo({ top: 0 });
    else if (!first || list.at > 0) shown?.scrollIntoView({ block: "nearest" });
  });
}

/** What was taken back is shown, where it is on this page. */
function usePutBack(list) {
  const latest = useRef(list);
  latest.current = list;
  useEffect(() => putBack.watch((one) => {
    const there = latest.current.records.find((record) => subject(record) === one.subject);
    if (there) go({ at: there.id }, "later");
  }), []);
}
