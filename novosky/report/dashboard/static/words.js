// Numbers and times as a reader sees them; what does not exist is a dash.
const NONE = "–";
const formats = new Map();
function format(decimals) {
  if (!formats.has(decimals)) formats.set(decimals, new Intl.NumberFormat("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals }));
  return formats.get(decimals);
}
export function number(value, decimals = 2, sign = false) {
  if (value === null || value === undefined || Number.isNaN(value)) return NONE;
  const text = format(decimals).format(Math.abs(value));
  const isZero = !/[1-9]/.test(text);
  return (value < 0 && !isZero ? "−" : sign && !isZero ? "+" : "") + text;
}
export const money = (value, currency, sign = false) => value === null || value === undefined ? NONE : `${number(value, 2, sign)} ${currency}`;
export const percent = (share, decimals = 1) => share === null || share === undefined ? NONE : `${number(100 * share, decimals)} %`;
export const pct = (value, decimals = 2) => value === null || value === undefined ? NONE : `${number(value, decimals)} %`;
export const r = (value) => value === null || value === undefined ? NONE : `${number(value, 2, true)} R`;
// What is shown as 0.00 is neither good nor bad.
export const tone = (value) => value >= 0.005 ? "good" : value <= -0.005 ? "bad" : "";
export const count = (n, noun) => `${number(n, 0)} ${noun}${n === 1 ? "" : "s"}`;

const two = (n) => String(n).padStart(2, "0");
export function day(ms) {
  if (!ms) return NONE;
  const t = new Date(ms);
  return `${t.getUTCFullYear()}-${two(t.getUTCMonth() + 1)}-${two(t.getUTCDate())}`;
}
export function clock(ms, seconds = false) {
  const t = new Date(ms);
  return `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}${seconds ? `:${two(t.getUTCSeconds())}` : ""}`;
}
export const time = (ms) => ms ? `${day(ms)} ${clock(ms)}` : NONE;
export const short = (ms) => ms ? `${day(ms).slice(5)} ${clock(ms)}` : NONE;

const SVG = "http://www.w3.org/2000/svg";
function made(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false).map((child) => child instanceof Node ? child : String(child)));
  return element;
}
// Text is always text: nothing of the state is ever read as markup.
export const h = (tag, attributes, ...children) => made(document.createElement(tag), attributes, children);
export const s = (tag, attributes, ...children) => made(document.createElementNS(SVG, tag), attributes, children);

export function table(columns, rows, high = false) {
  const cls = (column) => [column.n ? "n" : "", column.free ? "free" : ""].join(" ").trim() || null;
  return h("div", { class: high ? "scroll high" : "scroll", tabindex: "0" },
    h("table", {},
      h("thead", {}, h("tr", {}, columns.map((column) => h("th", { class: cls(column), scope: "col" }, column.name)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, columns.map((column) => {
        const value = column.of(row);
        return h("td", { class: cls(column) }, value ?? NONE);
      }))))));
}
export const side = (name) => h("span", { class: `side ${name}` }, name);
export const empty = (text) => h("p", { class: "empty" }, text);
export const toned = (value, text) => h("span", { class: tone(value) }, text);
