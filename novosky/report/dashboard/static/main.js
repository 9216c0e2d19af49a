// Asks for the state when the stream says that it is another one, and puts its parts where they belong.
import { EquityChart, PriceChart } from "./charts.js";
import * as panels from "./panels.js";
import { clock, count, h, number, pct, time } from "./words.js";

const at = (id) => document.getElementById(id);
const drawn = new Map();
let source = new URLSearchParams(location.hash.slice(1)).get("source");
let equity = null, price = null, shownSource = null, busy = false, again = false;

function draw(id, part, make) {
  const key = JSON.stringify(part);
  if (drawn.get(id) === key) return;
  const place = at(id), list = place.firstElementChild, top = list?.scrollTop ?? 0;
  place.replaceChildren(...make().flat(3).filter(Boolean));
  if (place.firstElementChild) place.firstElementChild.scrollTop = top;
  drawn.set(id, key);
}
const asked = (path, more = {}) => `${path}?${new URLSearchParams({ ...(source ? { source } : {}), ...more })}`;

async function fetched(path) {
  const answer = await fetch(path, { headers: { accept: "application/json" } });
  if (answer.status === 401) location.replace("/login");
  if (answer.status >= 500) throw new Error(answer.statusText);
  return answer.ok ? answer.json() : null;
}

async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    let state = await fetched(asked("/api/state"));
    if (state === null && source) {
      choose(null);
      state = await fetched("/api/state");
    }
    if (state !== null) await show(state);
  } catch {
    live("lost", "no answer; trying again");
  } finally {
    busy = false;
    if (again) { again = false; refresh(); }
  }
}

async function show(state) {
  const { bot } = state;
  live("on", `as of ${clock(state.looked_ms || state.made_ms, true)} UTC`);
  document.title = bot.name ? `${bot.state.name} · ${bot.symbol} · NOVOSKY` : "NOVOSKY";
  at("hero").className = `hero ${bot.state.tone}`;
  draw("hero", [bot, state.account, state.today, state.revision], () => panels.hero(state));
  document.documentElement.dataset.row = bot.row ?? 0;
  draw("banners", state.problems, () => bot.name ? state.problems.map((text) => h("p", { class: "banner" }, `${text} What was read before stays on the page.`)) : []);
  pick(state);
  const has = Boolean(bot.name && state.figures && state.account);
  at("desk").hidden = !has;
  at("beyond").hidden = at("loop-panel").hidden = false;
  at("events-panel").hidden = !state.events?.length;
  draw("revision", [state.revision, bot.revision], () => panels.revision(state));
  draw("pages", state.pages, () => panels.pages(state));
  draw("loop", state.loop, () => panels.loop(state, at("loop").clientWidth));
  at("loop-note").textContent = state.loop.total ? `${count(state.loop.total, "iteration")} in ${state.loop.source}; scores are reference scores on gate, look is the number of the try on those bars.` : "";
  if (state.events?.length) draw("events", state.events, () => panels.events(state));
  if (has) await showDesk(state);
}

async function showDesk(state) {
  const { bot, account, figures } = state;
  at("positions-panel").hidden = !state.positions.length;
  for (const [id, part, make] of [
    ["cards", [account, state.today, figures], panels.cards], ["positions", state.positions, panels.positions], ["limits", state.limits, panels.limits],
    ["guards", state.guards, panels.guards], ["decisions", state.decisions, panels.decisions], ["why", state.why_not, panels.whyNot],
    ["trades", state.trades, panels.trades], ["calibration", state.calibration, panels.calibrated], ["drift", [state.drift, state.alarms], panels.drift],
  ]) draw(id, part, () => make(state, at(id).clientWidth));
  at("why-note").textContent = `${count(bot.decided, "decision")}; each is named by the first gate that refused.`;
  at("trades-note").textContent = figures.closed > state.trades.length ? `The last ${state.trades.length} of ${number(figures.closed, 0)}.` : "";
  at("calibration-note").textContent = state.calibration.rows.length ? `${state.calibration.words}.` : "";
  at("equity-note").textContent = `At each bar's close, in ${bot.currency}; the thin line is the balance, below is the drawdown, now ${pct(account.drawdown_now_pct)}.`;
  at("foot").textContent = `${bot.name}, row ${number(bot.row, 0)} of ${state.sources.find(({ id }) => id === state.source)?.ledger}; last bar ${time(bot.bar_ms)}; days by the clock ${bot.loss_clock}.`;
  equity ??= new EquityChart(at("equity"));
  equity.show(state.curve, bot.currency);
  price ??= new PriceChart(at("price"));
  if (shownSource !== state.source) price.clear();
  shownSource = state.source;
  const bars = await fetched(`/api/bars?${new URLSearchParams({ source: state.source, after: price.lastMs })}`);
  if (bars === null || shownSource !== bars.source_id) return;
  at("price-panel").hidden = bars.first_ms === null;
  const shown = bars.first_ms === null ? "" : bars.total > 3000 ? `The last 3,000 of ${number(bars.total, 0)} bars, ` : `${count(bars.total, "bar")}, `;
  at("price-note").textContent = `${shown}${bars.source}.`;
  price.add(bars.bars, bars.trades, bot.digits);
  price.hold(state.positions);
}

function pick(state) {
  const select = at("source");
  select.parentElement.hidden = state.sources.length < 2;
  const key = JSON.stringify([state.sources, state.source]);
  if (drawn.get("source") === key) return;
  drawn.set("source", key);
  // A replay's folder is named by its time: 20261121T210154_378613-23082.
  const run = (ledger) => ledger.split("/").slice(-2)[0].replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d).*$/, "$1-$2-$3 $4:$5");
  select.replaceChildren(...state.sources.map((one) => h("option", { value: one.id, selected: one.id === state.source }, `${one.bot} · ${run(one.ledger)}`)));
}
function choose(id) {
  source = id;
  history.replaceState(null, "", id ? `#source=${id}` : location.pathname);
}
function live(cls, words) {
  at("live").className = `live ${cls}`;
  at("live").lastElementChild.textContent = words;
}

at("source").addEventListener("change", (event) => { choose(event.target.value); refresh(); });
at("theme").addEventListener("click", () => {
  const root = document.documentElement, wasDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = wasDark ? "light" : "dark";
  try { localStorage.setItem("theme", root.dataset.theme); } catch { /* it holds for this page then */ }
  repaint();
});
function repaint() { equity?.paint(); price?.paint(); }
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);

const stream = new EventSource("/events");
stream.addEventListener("changed", refresh);
stream.addEventListener("beat", (event) => {
  const { looked_ms: looked, is_late: late } = JSON.parse(event.data);
  live(late ? "lost" : "on", `${late ? "last read" : "as of"} ${clock(looked, true)} UTC`);
});
stream.addEventListener("error", () => live("lost", "connection lost; trying again"));
refresh();
