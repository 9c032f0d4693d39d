/** The hub in pictures: what went in and what was kept, how alike records are, what it costs, and what there is of each. */
import { useAsked } from "../asked.js";
import { useCell } from "../cell.js";
import { html, number, useEffect, useState } from "../html.js";
import { Columns } from "../parts/columns.js";
import { Bars, Figure, Histogram, Lines, short } from "../parts/plot.js";
import { Wrong } from "../parts/status.js";
import { SearchLine } from "../parts/search.js";
import { place, view } from "../url.js";

const AGAIN = 1_000; // ms between looks while a picture is being made

export function Charts() {
  const here = useCell(place);
  const [times, setTimes] = useState(0);
  const of = here.table ? { table: here.table, task: here.task || null } : null;
  const { answer, error } = useAsked("/api/charts", of && here.table !== "rejected" ? of : null, { again: times });
  useEffect(() => {
    if (!answer?.job) return undefined;
    const waits = setTimeout(() => setTimes((now) => now + 1), AGAIN);
    return () => clearTimeout(waits);
  }, [answer]);
  return html`<div class="screen charts"><h1>Charts</h1><${SearchLine} here=${here} /><${Wrong} error=${error} />
    ${answer?.job && html`<p class="note" role="status">Some pictures are still being made.</p>`}
    <h2 class="hidden">Pictures</h2><div class="plots">
      ${answer?.funnel && html`<${Funnel} rows=${answer.funnel} />`}
      ${answer?.similarity && html`<${Alike} of=${answer.similarity} />`}
      ${answer?.growth?.length > 1 && html`<${Growth} points=${answer.growth} />`}
      ${answer?.cost?.length > 0 && html`<${Cost} rows=${answer.cost} />`}
      <${Columns} table=${here.table} task=${here.task} view=${view(here)} />
    </div></div>`;
}

/** @param {{rows: any[]}} props */
function Funnel({ rows }) {
  const reasons = rows.flatMap((row) => Object.entries(row.rejected).map(([reason, count]) => [row.stage, reason.replaceAll("_", " "), count]));
  return html`<${Figure} title="From texts to what is kept" note="Pale: what was read. Dark: what was kept."
      table=${{ names: ["stage", "read", "kept", "rejected"], rows: rows.map((row) => [row.stage, row.read, row.kept, row.read - row.kept]) }}>
    <${Bars} label="read and kept by stage" rows=${rows.map((row) => ({ name: row.stage, count: row.kept, of: row.read }))} />
    ${reasons.length > 0 && html`<p class="note">Rejected: ${reasons.map(([stage, reason, count]) => `${number(count)} ${stage} ${reason}`).join(", ")}.</p>`}<//>`;
}

/** @param {{of: any}} props */
function Alike({ of }) {
  return html`<${Figure} title=${`How alike the nearest two are (${of.field})`} note=${`The cosine of ${number(of.sampled)} records with the nearest other one.`}
      table=${{ names: ["from", "to", "records"], rows: of.bins.map((bin) => [bin.from, bin.to, bin.count]) }}>
    <${Histogram} label="histogram of the cosine with the nearest record" bins=${of.bins} line=${of.threshold ?? undefined} /><//>`;
}

/** @param {{points: any[]}} props */
function Growth({ points }) {
  return html`<${Figure} title="Growth" note="How many are kept of so many: where the line bends, what comes is more of the same."
      table=${{ names: ["records", "kept"], rows: points.map((one) => [one.records, one.kept]) }}>
    <${Lines} label="records kept by records made" lines=${[{ name: "made", points: points.map((one) => [one.records, one.records]) }, { name: "kept", points: points.map((one) => [one.records, one.kept]) }]} /><//>`;
}

/** @param {{rows: any[]}} props */
function Cost({ rows }) {
  const costs = rows.some((row) => row.sum);
  const points = rows.map((row, index) => /** @type {[number, number]} */ ([index + 1, costs ? row.sum : row.tokens]));
  return html`<${Figure} title=${costs ? "Cost, summed" : "Tokens by run"} note="One point a run, in the order in which they began."
      table=${{ names: ["begun", "verb", "requests", "tokens", "cost"], rows: rows.map((row) => [row.at, row.verb, row.requests, row.tokens, row.cost ?? "not known"]) }}>
    ${points.length > 1 ? html`<${Lines} label="cost over runs" lines=${[{ name: costs ? "cost" : "tokens", points }]} />`
      : html`<p class="figure">${short(points[0][1])} <span class="note">${costs ? "in one run" : "tokens in one run"}</span></p>`}<//>`;
}
