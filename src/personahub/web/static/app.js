/** The page begins here: the hub is asked for once, then the screen that the address names is shown. */
import { connection } from "./api.js";
import { useCell } from "./cell.js";
import { html, render, useEffect, useRef, useState } from "./html.js";
import { openJudging } from "./judging.js";
import { fetchAll, later, Part } from "./later.js";
import { Wrong } from "./parts/status.js";
import { hub, lookAgain } from "./session.js";
import { ticked } from "./ticked.js";
import { go, place } from "./url.js";
import { Explore } from "./views/explore.js";
import { Frame, SCREENS } from "./views/frame.js";

const OTHERS = 1_000; // ms after the first screen until what the others need is fetched

/** The other screens, which the first does not wait for. */
const LATER = {
  map: later(async () => (await import("./views/map.js")).Landscape),
  charts: later(async () => (await import("./views/charts.js")).Charts),
  keep: later(async () => (await import("./views/keep.js")).Keep),
  runs: later(async () => (await import("./views/runs.js")).Runs),
  people: later(async () => (await import("./views/people.js")).People),
};

function Page() {
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const known = useCell(hub, (now) => now !== null);
  const screen = useCell(place, (here) => here.screen);
  const table = useCell(place, (here) => here.table);
  const up = useCell(connection, (now) => now === "up");
  useEffect(() => {
    if (known) return;
    lookAgain().then(settle, setError);
  }, [up]);
  useEffect(() => ticked.set(new Set()), [table]);
  const before = useRef(screen);
  useEffect(() => {
    // what had the focus went with the screen before
    if (before.current !== screen && document.activeElement === document.body) document.getElementById("main")?.focus({ preventScroll: true });
    before.current = screen;
  }, [screen]);
  useEffect(() => {
    document.title = `${SCREENS[screen] ?? "Record"} – ${hub.value?.name ?? "personahub"}`;
  }, [screen, known]);
  if (!known) return error ? html`<${Frame}><${Wrong} error=${error} /><//>` : null;
  return html`<${Frame}>${Object.hasOwn(LATER, screen) ? html`<${Part} key=${screen} part=${LATER[screen]} />` : html`<${Explore} key="explore" />`}<//>`;
}

/** The first table that has records, where the address names none. */
function settle() {
  const { tables, name, id } = hub.value;
  const there = tables.some((one) => one.name === place.value.table);
  const order = ["samples", "personas", "texts", "rejected"].map((wanted) => tables.find((one) => one.name === wanted && one.count)).filter(Boolean);
  if (!there) go({ table: order[0]?.name ?? "personas", task: "" }, "replace");
  openJudging(id ?? name);
  setTimeout(fetchAll, OTHERS);
}

render(html`<${Page} />`, document.getElementById("page"));
