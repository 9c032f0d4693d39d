/** Who judged what, how far it is, how much people agree, and what they are asked. */
import { useAsked } from "../asked.js";
import { post } from "../api.js";
import { useCell } from "../cell.js";
import { counted, html, number, useState } from "../html.js";
import { Bars } from "../parts/plot.js";
import { QuestionsForm } from "../parts/questions-form.js";
import { SearchLine } from "../parts/search.js";
import { Status, STATUSES, time, Wrong } from "../parts/status.js";
import { changed, hub, lookAgain, say, wrong } from "../session.js";
import { go, place, view } from "../url.js";

export function People() {
  const here = useCell(place);
  const judged = here.table && here.table !== "rejected";
  const { sort, down, seed, ...all } = view({ ...here, show: "all" });
  const { answer, error } = useAsked("/api/progress", judged ? { view: all } : null, { again: useCell(changed) });
  return html`<div class="screen people"><h1>People</h1><${SearchLine} here=${here} /><${Wrong} error=${error} />
    ${!judged && html`<p class="empty">Rejected rows are not judged.</p>`}
    ${answer && html`<div class="plots"><${Mine} of=${answer} /><${Team} of=${answer} /><${Agreement} of=${answer.agreement} /></div>`}
    ${judged && html`<${QuestionsForm} key=${`${here.table}/${here.task}`} table=${here.table} task=${here.task || null} />`}</div>`;
}

/** @param {{of: any}} props */
function Mine({ of }) {
  const share = of.total ? Math.round((100 * of.done) / of.total) : 0;
  return html`<section class="box"><h2>Progress</h2>
    <p class="figure">${number(of.done)} <span class="note">of ${counted(of.total, "record")} done (${share} %)</span></p>
    <progress max=${of.total || 1} value=${of.done} aria-label="records done"></progress>
    <h3>Mine</h3><ul class="rows">${STATUSES.map((name) => html`<li key=${name}><button type="button" class="link"
      onClick=${() => go({ screen: "explore", filters: { status: { in: [name] } } })}><${Status} status=${name} /></button> <span class="count">${number(of.mine[name] ?? 0)}</span></li>`)}</ul>
    <button type="button" onClick=${() => go({ screen: "explore", filters: { status: { in: ["pending"] } } })}>Judge what is pending</button></section>`;
}

/** @param {{of: any}} props */
function Team({ of }) {
  const [overlap, setOverlap] = useState(of.overlap);
  const save = async (event) => {
    event.preventDefault();
    try {
      await post("/api/overlap", { overlap: Number(overlap) });
      await lookAgain();
      changed.update((times) => times + 1);
      say(`A record is done when ${counted(Number(overlap), "reviewer")} judged it.`);
    } catch (error) {
      wrong(error);
    }
  };
  return html`<section class="box"><h2>Reviewers</h2>
    ${of.reviewers.length ? html`<${Bars} label="records judged by reviewer" rows=${of.reviewers.map((one) => ({ name: one.name, count: one.submitted + one.discarded }))} />
      <div class="scroll" tabindex="0" role="group" aria-label="Reviewers"><table><thead><tr>${["who", "submitted", "discarded", "draft", "skipped", "last"].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
        <tbody>${of.reviewers.map((one) => html`<tr key=${one.name}><th scope="row">${one.name}</th><td>${number(one.submitted)}</td><td>${number(one.discarded)}</td><td>${number(one.draft)}</td><td>${number(one.skipped)}</td><td class="when">${time(one.last)}</td></tr>`)}</tbody></table></div>`
      : html`<p class="note">Nobody judged any of these yet.</p>`}
    <form class="line" onSubmit=${save}><label>Reviewers a record needs <input type="number" min="1" max="20" step="1" required value=${overlap} onInput=${(event) => setOverlap(event.target.value)} /></label>
      <button disabled=${hub.value.read_only || String(overlap) === String(of.overlap)}>Set</button></form></section>`;
}

/** @param {{of: any}} props */
function Agreement({ of }) {
  return html`<section class="box"><h2>Agreement</h2>
    <p class="note">Krippendorff's alpha of ${counted(of.records, "record")} that two or more judged: 1 is one opinion, 0 is chance; from 0.8 on, people mean the same.</p>
    <div class="scroll" tabindex="0" role="group" aria-label="Agreement"><table><thead><tr><th scope="col">question</th><th scope="col">alpha</th><th scope="col">scale</th><th scope="col">records</th></tr></thead>
      <tbody>${of.questions.map((one) => html`<tr key=${one.name}><th scope="row">${one.name}</th><td>${one.alpha === null ? "not known" : one.alpha.toFixed(2)}</td><td>${one.scale}</td><td>${number(one.records)}</td></tr>`)}</tbody></table></div>
    <button type="button" onClick=${() => go({ screen: "explore", sort: "disagreement", show: "all" })}>See what is most disagreed on</button></section>`;
}
