/** What there is of each value of a column, of the records that a view means. */
import { useAsked } from "../asked.js";
import { useCell } from "../cell.js";
import { html, number } from "../html.js";
import { changed } from "../session.js";
import { Bars, Figure, Histogram } from "./plot.js";

const MOST_COLUMNS = 6;

/** @param {{table: string, task: string, view: any}} props */
export function Columns({ table, task, view }) {
  const columns = useAsked("/api/columns", table ? { table, task: task || null } : null);
  const told = (columns.answer?.columns ?? []).filter((one) => (one.kind === "terms" && one.distinct > 1) || (one.kind === "number" && one.least < one.most)).slice(0, MOST_COLUMNS);
  const counts = useAsked("/api/counts", told.length ? { view, columns: told.map((one) => one.name) } : null, { again: useCell(changed) });
  return told.filter((one) => counts.answer?.counts?.[one.name]?.length).map((one) => {
    const values = counts.answer.counts[one.name];
    if (one.kind === "number") {
      return html`<${Figure} key=${one.name} title=${one.name} table=${{ names: ["from", "to", "records"], rows: values.map((bin) => [bin.from, bin.to, bin.count]) }}>
        <${Histogram} label=${`histogram of ${one.name}`} bins=${values} /><//>`;
    }
    const rows = values.map(({ value, count }) => ({ name: value === null ? "none" : String(value), count }));
    return html`<${Figure} key=${one.name} title=${one.name} note=${one.distinct > 12 ? `The 12 most frequent of ${number(one.distinct)}.` : ""} table=${{ names: ["value", "records"], rows: rows.map((row) => [row.name, row.count]) }}>
      <${Bars} label=${one.name} rows=${rows.slice(0, 12)} /><//>`;
  });
}
