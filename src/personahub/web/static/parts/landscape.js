/** The window on a map: which part of it is seen, and where on the screen a place of it is. */

/** @typedef {[number, number, number, number]} Window x0, y0, x1, y1; y grows upwards */

const CLOSEST = 1e-5; // of the whole

/**
 * The whole map with a little room around it, as wide and high as the picture.
 * @param {number[]} bounds
 * @param {number} aspect width by height
 * @returns {Window}
 */
export function whole([x0, y0, x1, y1], aspect) {
  const [width, height] = [(x1 - x0 || 1) * 1.06, (y1 - y0 || 1) * 1.06];
  const across = Math.max(width, height * aspect);
  return around((x0 + x1) / 2, (y0 + y1) / 2, across, across / aspect);
}

/**
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 * @returns {Window}
 */
const around = (x, y, width, height) => [x - width / 2, y - height / 2, x + width / 2, y + height / 2];

/**
 * @param {Window} window
 * @param {number} by over 1: nearer
 * @param {number[]} bounds
 * @param {{x: number, y: number}} at the place that stays where it is, in shares of the picture from its upper left corner
 * @returns {Window}
 */
export function zoomed([x0, y0, x1, y1], by, bounds, { x, y } = { x: 0.5, y: 0.5 }) {
  const most = Math.max(bounds[2] - bounds[0], bounds[3] - bounds[1]) || 1;
  const width = Math.min(4 * most, Math.max(CLOSEST * most, (x1 - x0) / by));
  const factor = width / (x1 - x0);
  const [cx, cy] = [x0 + x * (x1 - x0), y1 - y * (y1 - y0)];
  return [cx - (cx - x0) * factor, cy - (cy - y0) * factor, cx + (x1 - cx) * factor, cy + (y1 - cy) * factor];
}

/**
 * @param {Window} window
 * @param {number} x in widths of the picture
 * @param {number} y in heights of the picture, downwards
 * @returns {Window}
 */
export function moved([x0, y0, x1, y1], x, y) {
  const [right, up] = [x * (x1 - x0), -y * (y1 - y0)];
  return [x0 + right, y0 + up, x1 + right, y1 + up];
}

/**
 * @param {Window} window
 * @param {number} x
 * @param {number} y
 */
export const shares = ([x0, y0, x1, y1], x, y) => ({ x: (x - x0) / (x1 - x0), y: (y1 - y) / (y1 - y0) });

/**
 * @param {Window} window
 * @param {{x: number, y: number}} share
 * @returns {[number, number]}
 */
export const spot = ([x0, y0, x1, y1], { x, y }) => [x0 + x * (x1 - x0), y1 - y * (y1 - y0)];

/**
 * At most so many corners, evenly taken.
 * @param {{x: number, y: number}[]} line
 * @param {number} most
 */
export function fewer(line, most) {
  if (line.length <= most) return line;
  return Array.from({ length: most }, (_, index) => line[Math.floor((index * line.length) / most)]);
}

/**
 * The labels that have room: the largest first, none over another.
 * @param {{x: number, y: number, text: string, count: number}[]} labels
 * @param {Window} window
 * @param {{width: number, height: number}} size
 */
export function roomy(labels, window, { width, height }) {
  const taken = [];
  for (const label of [...labels].sort((one, two) => two.count - one.count)) {
    const { x, y } = shares(window, label.x, label.y);
    const half = Math.min(90, 4 * label.text.length);
    const [left, top] = [x * width, y * height];
    if (x < 0 || x > 1 || y < 0 || y > 1 || left < half || left > width - half || top < 12 || top > height - 12) continue;
    if (taken.some((one) => Math.abs(one.left - left) < one.half + half && Math.abs(one.top - top) < 24)) continue;
    taken.push({ ...label, left, top, half });
    if (taken.length === 14) break;
  }
  return taken;
}
