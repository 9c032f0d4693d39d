/** What is around every screen: its name, the way to the others, whether all is kept, and the help. */
import { connection, post } from "../api.js";
import { Cell, useCell } from "../cell.js";
import { classes, html, useEffect, useState } from "../html.js";
import { conflict, insist } from "../judging.js";
import { FIXED, KEYS, onKeys } from "../keys.js";
import { outbox } from "../outbox.js";
import { Dialog } from "../parts/dialog.js";
import { announced, hub, set, settings, told, wrong } from "../session.js";
import { go, place } from "../url.js";

export const SCREENS = { explore: "Explore", map: "Map", charts: "Charts", keep: "Keep", runs: "Runs", people: "People" };
const helping = new Cell(false);

/** @param {{children: any}} props */
export function Frame({ children }) {
  const screen = useCell(place, (here) => here.screen);
  const now = useCell(hub);
  const help = useCell(helping);
  useEffect(() => onKeys((name) => {
    if (name === "help") helping.set(true);
    else if (name === "map") go({ screen: "map", at: "" });
    else if (name === "explore") go({ screen: "explore" });
    else return false;
    return true;
  }), []);
  return html`<a class="skip" href="#main" onClick=${(event) => {
      event.preventDefault();
      document.getElementById("main")?.focus();
    }}>To the content</a>
    <header class="top">
      <p class="brand"><strong>personahub</strong> <span dir="auto">${now?.name}</span>${now?.read_only && html` <span class="kind">reads only</span>`}</p>
      <nav aria-label="Screens">${Object.entries(SCREENS).map(([name, label]) => html`<a href=${`/?screen=${name}`} aria-current=${(screen === "focus" ? "explore" : screen) === name ? "page" : undefined}
        onClick=${(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          go({ screen: name, at: "" });
        }}>${label}</a>`)}</nav>
      <div class="top-end"><${Saved} /><${Me} /><${Theme} /><button type="button" onClick=${() => helping.set(true)} aria-label="Keys">?</button></div>
    </header>
    <${Banner} />
    <main id="main" tabindex="-1">${children}</main>
    <${Told} />
    <p class="hidden" role="status" aria-live="polite">${useCell(announced)}</p>
    ${help && html`<${Help} />`}
    <${Conflict} />`;
}

/** Whether what was decided is on the disk. */
function Saved() {
  const { waiting, trouble } = useCell(outbox);
  return html`<span class=${classes({ saved: true, waits: waiting, trouble })} role="status" title=${trouble}>
    <span aria-hidden="true">${waiting ? (trouble ? "⚠" : "…") : "✓"}</span> ${waiting ? `${waiting} to save` : "saved"}</span>`;
}

function Me() {
  const now = useCell(hub);
  const [name, setName] = useState(now?.reviewer ?? "");
  const [open, setOpen] = useState(false);
  useEffect(() => setName(now?.reviewer ?? ""), [now?.reviewer]);
  const become = async (event) => {
    event.preventDefault();
    try {
      await post("/api/me", { reviewer: name.trim() });
      location.reload();
    } catch (error) {
      wrong(error);
    }
  };
  return html`<button type="button" onClick=${() => setOpen(true)} aria-label=${`You judge as ${now?.reviewer}: change`} title="who judges">${now?.reviewer}</button>
    ${open && html`<${Dialog} title="Who judges?" close=${() => setOpen(false)}><form onSubmit=${become}>
      <label class="line">Name <input value=${name} maxlength="40" required list="reviewers" onInput=${(event) => setName(event.target.value)} /></label>
      <datalist id="reviewers">${(now?.reviewers ?? []).map((one) => html`<option value=${one} />`)}</datalist>
      <p class="note">Judgements are kept by name, so that several people can judge the same records.</p>
      <div class="decide"><button class="main" disabled=${outbox.value.waiting > 0}>Judge by this name</button></div></form><//>`}`;
}

function Theme() {
  const { theme } = useCell(settings);
  const next = { system: "light", light: "dark", dark: "system" }[theme] ?? "system";
  return html`<button type="button" class="theme" onClick=${() => set({ theme: next })} aria-label=${`Colours: ${theme}; change to ${next}`} title=${`colours: ${theme}`}>
    <span aria-hidden="true">${{ system: "◐", light: "☼", dark: "☾" }[theme]}</span></button>`;
}

/** What is in the way of all: no server, no permission, or no disk. */
function Banner() {
  const state = useCell(connection);
  const { waiting, trouble } = useCell(outbox);
  const kept = waiting ? ` ${waiting} of your judgements wait in this browser; none is lost.` : "";
  if (state === "gone") return html`<p class="banner" role="alert">The server does not answer. Start it again with <code>personahub ui</code>; this page goes on by itself.${kept}</p>`;
  if (state === "locked") return html`<p class="banner" role="alert">This browser may not ask any more: open the link again that <code>personahub ui</code> shows.${kept}</p>`;
  return trouble && waiting ? html`<p class="banner" role="alert">${trouble}${kept}</p>` : null;
}

function Told() {
  const now = useCell(told);
  if (!now) return null;
  return html`<section class=${`told told-${now.kind}`} aria-label="Notice">${now.kind === "wrong" && html`<span aria-hidden="true">⚠ </span>`}<p>${now.text}</p>
    ${now.act && html`<button type="button" onClick=${now.act.go}>${now.act.label}</button>`}
    <button type="button" class="quiet" aria-label="Close" onClick=${() => told.set(null)}>✕</button></section>`;
}

function Help() {
  const { keys, advance } = useCell(settings);
  const groups = [...new Set(Object.values(KEYS).map((one) => one.of))];
  const names = { ArrowDown: "↓", ArrowUp: "↑", S: "⇧S", U: "⇧U" };
  return html`<${Dialog} title="Keys" close=${() => helping.set(false)} wide=${true}>
    <div class="keys">${groups.map((group) => html`<section><h3>${group}</h3><dl>${Object.values(KEYS).filter((one) => one.of === group).map((one) => html`<div>
      <dt>${(one.keys.length > 4 ? ["1", "…", "9"] : one.keys).map((key) => (key === "…" ? " … " : html`<kbd>${names[key] ?? key}</kbd> `))}</dt><dd>${one.does}</dd></div>`)}
      ${group === "Page" && FIXED.map(([key, does]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`)}</dl></section>`)}</div>
    <label class="line"><input type="checkbox" checked=${keys} onChange=${() => set({ keys: !keys })} /> keys of one letter do something</label>
    <label class="line"><input type="checkbox" checked=${advance} onChange=${() => set({ advance: !advance })} /> a decision leads to the next record</label>
  <//>`;
}

/** Two judgements of one record by one person, from two windows. */
function Conflict() {
  const now = useCell(conflict);
  if (!now) return null;
  const said = (judgement) => html`<p><strong>${judgement?.status ?? "pending"}</strong></p>
    <dl>${Object.entries(judgement?.answers ?? {}).map(([name, value]) => html`<div><dt>${name}</dt><dd dir="auto">${typeof value === "string" ? value.slice(0, 500) : JSON.stringify(value)}</dd></div>`)}</dl>`;
  const close = () => conflict.set(null);
  return html`<${Dialog} title="This record was judged elsewhere in the meantime" close=${close}>
    <div class="two"><section><h3>There now</h3>${said(now.theirs)}</section><section><h3>Yours</h3>${said(now.yours)}</section></div>
    <p class="note">Whichever you take, the other stays in the history.</p>
    <div class="decide"><button type="button" class="main" onClick=${insist}>Take mine</button><button type="button" onClick=${close}>Leave what is there</button></div>
  <//>`;
}

