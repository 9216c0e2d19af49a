// Small drawings that the chart library has none of: intervals by bucket and by iteration.
import { number, percent, s } from "./words.js";

function ticks(low, high, wanted = 4) {
  const step = [1, 2, 2.5, 5, 10].map((n) => n * 10 ** Math.floor(Math.log10((high - low) / wanted))).find((one) => (high - low) / one <= wanted + 1);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + 1e-9; value += step) found.push(Math.abs(value) < step / 1e6 ? 0 : value);
  return found;
}
function frame(width, height, low, high, left, shown) {
  const top = 10, bottom = height - 30;
  const y = (value) => bottom - (bottom - top) * (value - low) / (high - low);
  const grid = ticks(low, high).map((value) => [
    s("line", { class: "grid", x1: left, x2: width, y1: y(value), y2: y(value) }),
    s("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, shown(value)),
  ]);
  return { y, grid, bottom };
}
const dot = (x, y, cls, title, hollow = false) => s("circle", { class: `${cls}${hollow ? " hollow" : ""}`, cx: x, cy: y, r: 5, "stroke-width": 2 }, s("title", {}, title));
const whisker = (x, low, high, cls) => s("line", { class: cls, x1: x, x2: x, y1: low, y2: high, "stroke-width": 2 });

// `width` in pixels, so that text is as large as elsewhere.
export function calibration(rows, width) {
  const height = width < 420 ? 230 : 350, left = 46, narrow = width < 480;
  const { y, grid, bottom } = frame(width, height, 0, 1, left, (value) => percent(value, 0));
  const step = (width - left) / rows.length;
  const bucket = (row) => narrow ? row.from === null ? `<${number(row.to, 3)}` : `${number(row.from, 3)}+` : row.from === null ? `below ${number(row.to, 3)}` : row.to === null ? `${number(row.from, 3)} up` : `${number(row.from, 3)}–${number(row.to, 3)}`;
  const one = (x, part, cls, name) => part.trades === 0 ? s("text", { x, y: bottom - 6, "text-anchor": "middle" }, "none") : [
    whisker(x, y(part.low), y(part.high), cls),
    dot(x, y(part.share), cls, `${name}: ${percent(part.share)} of ${part.trades} won, ${percent(part.low)} to ${percent(part.high)}`, cls === "then"),
  ];
  return s("svg", { class: "drawn", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Share won by confidence, judged and live" }, grid,
    rows.map((row, i) => {
      const x = left + step * (i + 0.5);
      return [one(x - 9, row.judged, "then", "judged"), one(x + 9, row.live, "now", "live"), s("text", { x, y: height - 8, "text-anchor": "middle" }, bucket(row))];
    }));
}

export function iterations(rows, width) {
  const height = 220, left = 58;
  const bounds = rows.flatMap((row) => [row.r, ...(row.interval ?? [])]).filter((value) => value !== null && value !== undefined);
  if (!bounds.length) return null;
  const room = 0.08 * (Math.max(...bounds, 0) - Math.min(...bounds, 0) || 1);
  const { y, grid } = frame(width, height, Math.min(...bounds, 0) - room, Math.max(...bounds, 0) + room, left, (value) => `${number(value, 2, true)}`);
  const step = (width - left) / rows.length;
  const every = Math.ceil(rows.length / 16);
  return s("svg", { class: "drawn", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Mean R a trade of each candidate with its interval" }, grid,
    s("line", { class: "zero", x1: left, x2: width, y1: y(0), y2: y(0) }),
    rows.map((row, i) => {
      const x = left + step * (i + 0.5), kept = row.decision === "COMMIT";
      const cls = kept ? "kept" : "dropped";
      const label = i % every === 0 ? s("text", { x, y: height - 8, "text-anchor": "middle" }, `${row.iteration}`) : null;
      if (row.r === null || row.r === undefined) return label;
      const [low, high] = row.interval ?? [null, null];
      return [low !== null && high !== null ? whisker(x, y(low), y(high), cls) : null, dot(x, y(row.r), cls, `${row.decision}: ${number(row.r, 3, true)} R a trade`, !kept), label];
    }));
}

export function meter(pct, tone) {
  const width = Math.min(Math.max(pct, 0), 100);
  return s("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" }, s("rect", { class: `fill ${tone}`, x: 0, y: 0, width, height: 8 }));
}
