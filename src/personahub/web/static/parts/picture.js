/** The picture of a map. The server draws it; here it is moved, looked into and cut out of. */
import { ask, connection, Gone, post } from "../api.js";
import { pauseAfter } from "../asked.js";
import { classes, html, number, useEffect, useLayoutEffect, useRef, useState } from "../html.js";
import { announced, isDark, settings, wrong } from "../session.js";
import { useCell } from "../cell.js";
import { go } from "../url.js";
import { InView } from "./inview.js";
import { fewer, moved, roomy, shares, spot, whole, zoomed } from "./landscape.js";

const MOST_CORNERS = 400;
const NEAR = 10; // pixels around a click
const CLICK = 5; // pixels that a hand may shake
const STEP = 0.2;
const SHARPEST = 2; // pixels of the picture for one of the page

/** @param {{here: any, field: string, land: any, narrowed: any}} props */
export function Picture({ here, field, land, narrowed }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [window, setWindow] = useState(/** @type {any} */ (null));
  const [lasso, setLasso] = useState(false);
  const [line, setLine] = useState(/** @type {{x: number, y: number}[]} */ ([]));
  useLayoutEffect(() => {
    const look = new ResizeObserver(([entry]) => setSize({ width: Math.round(entry.contentRect.width), height: Math.round(entry.contentRect.height) }));
    look.observe(box.current);
    return () => look.disconnect();
  }, []);
  const shown = window ?? (size.width ? whole(land.bounds, size.width / size.height) : null);
  const body = { table: here.table, field, colour: here.colour || null, view: narrowed };
  const picture = usePicture(shown && { ...body, window: shown, ...drawn(size), dark: isDark() }, useCell(settings, (now) => now.theme));
  const held = useHand(box, { shown, size, lasso, line, setLine, setWindow, land, click: (share) => open(body, shown, size, share), cut: (points) => cut(field, shown, points) });
  const keys = (event) => {
    const next = { ArrowLeft: () => moved(shown, -STEP, 0), ArrowRight: () => moved(shown, STEP, 0), ArrowUp: () => moved(shown, 0, -STEP), ArrowDown: () => moved(shown, 0, STEP),
      "+": () => zoomed(shown, 1.5, land.bounds), "=": () => zoomed(shown, 1.5, land.bounds), "-": () => zoomed(shown, 1 / 1.5, land.bounds), 0: () => null }[event.key];
    if (!next || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    setWindow(next());
  };
  return html`<div class="map-tools" role="group" aria-label="Map">
      <button type="button" aria-label="nearer" onClick=${() => setWindow(zoomed(shown, 1.5, land.bounds))}>+</button>
      <button type="button" aria-label="farther" onClick=${() => setWindow(zoomed(shown, 1 / 1.5, land.bounds))}>−</button>
      <button type="button" onClick=${() => setWindow(null)}>Whole map</button>
      <button type="button" aria-pressed=${lasso} onClick=${() => setLasso(!lasso)}>Lasso</button>
      <button type="button" onClick=${() => cut(field, shown, [{ x: 0, y: 0 }, { x: 1, y: 0 }, { x: 1, y: 1 }, { x: 0, y: 1 }])}>List what is in view</button>
      <span class="note" role="status">${picture.points === null ? "" : `${number(picture.points)} in view`}</span>
    </div>
    <div ref=${box} class=${classes({ map: true, lasso, dragged: held.dragged })} tabindex="0" role="application" aria-roledescription="map"
      aria-label="Map of the records: arrows move it, plus and minus zoom, zero shows all of it" onKeyDown=${keys} ...${held.on}>
      ${picture.url && html`<img class="map-picture" src=${picture.url} alt="" draggable=${false} style=${placed(picture.window, shown)} />`}
      ${shown && roomy(land.labels ?? [], shown, size).map((label) => html`<span class="map-label" key=${`${label.x}/${label.y}`} dir="auto" style=${{ left: `${label.left}px`, top: `${label.top}px` }}>${label.text}</span>`)}
      ${line.length > 1 && html`<svg class="map-lasso" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true"><polygon points=${line.map(({ x, y }) => `${x},${y}`).join(" ")} /></svg>`}
      ${picture.error && html`<p class="wrong map-error" role="alert">${picture.error.message}</p>`}
    </div>
    <${Legend} rows=${picture.legend} of=${here.colour} />
    ${shown && html`<${InView} body=${body} window=${shown} labels=${land.labels ?? []} look=${setWindow} />`}`;
}

/** @param {{width: number, height: number}} size */
function drawn({ width, height }) {
  const sharp = Math.min(SHARPEST, devicePixelRatio || 1, 1600 / Math.max(1, width));
  return { width: Math.max(16, Math.round(width * sharp)), height: Math.max(16, Math.round(height * sharp)) };
}

/**
 * Where a picture of one window lies in another, until its own is there.
 * @param {any} of
 * @param {any} shown
 */
function placed(of, shown) {
  const first = shares(shown, of[0], of[3]);
  const last = shares(shown, of[2], of[1]);
  return { left: `${100 * first.x}%`, top: `${100 * first.y}%`, width: `${100 * (last.x - first.x)}%`, height: `${100 * (last.y - first.y)}%` };
}

/**
 * One picture is on its way at a time; when it is there, the newest wish is asked for.
 * @param {any} body
 * @param {unknown} again
 */
function usePicture(body, again) {
  const [state, setState] = useState(/** @type {any} */ ({ url: "", window: null, points: null, legend: [], error: null }));
  const wish = useRef(/** @type {any} */ (null)); // until it is asked for
  const newest = useRef(/** @type {any} */ (null));
  const busy = useRef(false);
  const alive = useRef(true);
  const slow = useRef({ times: 0 });
  const up = useCell(connection, (now) => now === "up");
  const next = async () => {
    if (busy.current || !wish.current || !alive.current) return;
    const asked = wish.current;
    wish.current = null;
    busy.current = true;
    try {
      const answer = await ask("/api/map/picture", asked);
      const url = URL.createObjectURL(await answer.blob());
      const picture = new Image();
      picture.src = url;
      await picture.decode();
      const legend = answer.headers.get("X-Legend");
      slow.current.times = 0;
      setState((now) => {
        if (now.url) URL.revokeObjectURL(now.url);
        return { url, window: asked.window, points: Number(answer.headers.get("X-Points")), legend: legend ? JSON.parse(decodeURIComponent(legend)) : [], error: null };
      });
    } catch (error) {
      setState((now) => ({ ...now, error }));
      const pause = pauseAfter(error, slow.current);
      if (pause) setTimeout(() => newest.current === asked && put(asked), pause);
    }
    busy.current = false;
    next();
  };
  const put = (asked) => {
    newest.current = wish.current = asked;
    next();
  };
  useEffect(() => {
    alive.current = true;
    return () => {
      alive.current = false;
    };
  }, []);
  useEffect(() => {
    put(body);
  }, [JSON.stringify(body), again, state.error instanceof Gone && up]);
  return state;
}

/**
 * The mouse, the finger and the wheel.
 * @param {{current: HTMLElement | null}} box
 * @param {any} of
 */
function useHand(box, of) {
  const start = useRef(/** @type {any} */ (null));
  const [dragged, setDragged] = useState(false);
  const share = (event) => {
    const { left, top, width, height } = box.current.getBoundingClientRect();
    return { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
  };
  const now = useRef(of);
  now.current = of;
  useEffect(() => {
    const wheel = (event) => {
      event.preventDefault();
      const { shown, land, setWindow } = now.current;
      setWindow(zoomed(shown, Math.exp(-event.deltaY / 400), land.bounds, share(event)));
    };
    box.current.addEventListener("wheel", wheel, { passive: false });
    return () => box.current?.removeEventListener("wheel", wheel);
  }, []);
  const on = {
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      box.current.setPointerCapture(event.pointerId);
      start.current = { ...share(event), window: of.shown, moved: false };
      if (of.lasso) of.setLine([share(event)]);
    },
    onPointerMove: (event) => {
      const from = start.current;
      if (!from) return;
      const at = share(event);
      const far = Math.hypot((at.x - from.x) * of.size.width, (at.y - from.y) * of.size.height) > CLICK;
      if (!far && !from.moved) return;
      from.moved = true;
      setDragged(true);
      if (of.lasso) of.setLine((line) => [...line, at]);
      else of.setWindow(moved(from.window, from.x - at.x, from.y - at.y));
    },
    onPointerUp: (event) => {
      const from = start.current;
      start.current = null;
      setDragged(false);
      if (!from) return;
      if (!from.moved) of.click(share(event));
      else if (of.lasso) of.cut(of.line);
      of.setLine([]);
    },
    onPointerCancel: () => {
      start.current = null;
      setDragged(false);
      of.setLine([]);
    },
  };
  return { on, dragged };
}

/** The record that was clicked on. */
async function open(body, window, size, share) {
  const [x, y] = spot(window, share);
  const radius = (NEAR * (window[2] - window[0])) / size.width;
  try {
    const { id } = await post("/api/map/nearest", { table: body.table, field: body.field, x, y, radius });
    if (id) go({ screen: "focus", at: id });
    else announced.set("There is no record here.");
  } catch (error) {
    wrong(error);
  }
}

/** What lies within a line becomes the list. */
function cut(field, window, line) {
  const polygon = fewer(line, MOST_CORNERS).map((share) => spot(window, share));
  if (polygon.length >= 3) go({ screen: "explore", area: { field, polygon } });
}

/** @param {{rows: any[], of: string}} props */
function Legend({ rows, of }) {
  if (!rows.length) return null;
  return html`<ul class="legend" aria-label=${`Colours of ${of}`}>${rows.map((row) => html`<li key=${String(row.value)}>
    <svg viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" fill=${/^#[0-9a-f]{6}$/i.test(row.colour) ? row.colour : "none"} /></svg>
    <span dir="auto">${row.value === null ? "none" : String(row.value)}</span> ${typeof row.count === "number" && html`<span class="count">${number(row.count)}</span>`}</li>`)}</ul>`;
}
