// Each part of the page from the state; a part is drawn anew only where its part of the state is another one.
import { calibration, iterations, meter } from "./plots.js";
import { count, empty, h, money, number, pct, percent, r, short, side, table, time, tone, toned } from "./words.js";

const DECISIONS = { COMMIT: "kept", REVERT: "not kept", "NO CHANGE": "no change" };
const card = (id, title, value, below, toneOf = "") => h("div", { class: "card", id: `card-${id}` }, h("h3", {}, title), h("b", { class: toneOf || null }, value), h("small", {}, below));
const chip = (name, value) => value ? h("li", {}, name ? h("small", {}, name) : null, value) : null;

export function hero({ bot, account, today, revision: { in_use: used, promoted, edge, edge_tone: edgeTone } }) {
  const { state } = bot;
  const money_ = account && h("div", { class: "money" },
    h("small", {}, "Equity"), h("b", { id: "equity-now" }, money(account.equity, bot.currency)),
    today && h("span", {}, toned(today.net, money(today.net, bot.currency, true)), ` in ${count(today.trades, "trade")} closed on `, h("span", { class: "keep" }, today.date)),
    h("br"), h("small", {}, account.positions ? `${money(account.floating, bot.currency, true)} floating in ${count(account.positions, "position")}` : "nothing is open"));
  const since = state.since_ms ? `, since ${time(state.since_ms)} UTC` : "";
  const kind = bot.terminal === "simulated" ? "simulated terminal" : bot.terminal;
  return [
    h("div", { class: "state" },
      h("h1", {}, h("i"), state.name),
      h("p", { class: "said" }, `${state.words}${since}.`.replace("..", "."), state.more ? h("small", {}, ` ${state.more}`) : null),
      bot.name && h("ul", { class: "chips" },
        chip("", `${bot.symbol} ${bot.timeframe}`), chip("at", kind), chip("profile", `${bot.profile_number} ${bot.profile}`), chip("revision", bot.revision),
        bot.revision && used === promoted && edgeTone && edgeTone !== "good" && h("li", { class: `flag ${edgeTone}` }, edge.split(":")[0]),
        bot.dry && h("li", { class: "flag" }, "dry: nothing is sent"))),
    money_,
  ];
}

export function cards({ bot, account, figures }) {
  const { whole, recent } = figures;
  const factor = (one) => one.trades === 0 ? "–" : one.profit_factor === null ? "no loss" : number(one.profit_factor);
  return [
    card("balance", "Balance", number(account.balance), `${bot.currency}; began with ${number(account.first_equity)}`),
    card("drawdown", "Drawdown", pct(account.drawdown_now_pct), `at most ${pct(account.drawdown_most_pct)}, from ${number(account.peak)}`),
    card("trades", "All trades", number(whole.trades, 0), `net ${money(whole.net, bot.currency, true)}`),
    card("rate", "Win rate", percent(whole.win_rate), `last ${recent.trades}: ${percent(recent.win_rate)}`),
    card("factor", "Profit factor", factor(whole), `last ${recent.trades}: ${factor(recent)}`),
    card("r", "R a trade", r(whole.expectancy_r), `last ${recent.trades}: ${r(recent.expectancy_r)}`, tone(whole.expectancy_r)),
  ];
}

export function positions({ bot, positions: rows }) {
  if (!rows.length) return [empty("Nothing is open.")];
  return [table([
    { name: "side", of: (one) => side(one.side) },
    { name: "so far", n: true, of: (one) => toned(one.r, r(one.r)) },
    { name: "lots", n: true, of: (one) => String(one.volume) },
    { name: "entry", n: true, of: (one) => number(one.price, bot.digits) },
    { name: "stop", n: true, of: (one) => one.unprotected ? h("b", { class: "bad" }, "none") : number(one.stop, bot.digits) },
    { name: "target", n: true, of: (one) => number(one.target, bot.digits) },
    { name: "risked", n: true, of: (one) => money(one.risk_money, bot.currency) },
    { name: "confidence", n: true, of: (one) => number(one.confidence, 3) },
    { name: "opened, UTC", of: (one) => time(one.opened_ms) },
    { name: "ticket", of: (one) => one.ticket },
  ], rows)];
}

export function limits({ bot, limits: rows }) {
  if (!rows.length) return [empty("Known after the first decision.")];
  const shown = (row) => row.unit === "money" ? `${number(row.used)} of ${money(row.limit, bot.currency)}` : `${row.used} of ${row.limit}`;
  return [
    rows.map((row) => h("div", { class: "meter" },
      h("p", {}, h("span", {}, row.title, row.holds ? h("b", { class: "bad" }, " holds") : null), h("span", {}, `${shown(row)} · ${number(row.pct, 0)} %`)),
      h("div", { class: "track" }, meter(row.pct, !row.warns ? "plain" : row.pct >= 80 ? "hot" : row.pct >= 50 ? "warm" : "")))),
    h("p", { class: "note" }, bot.settings_from),
  ];
}

export function guards({ guards: rows }) {
  const words = { no_opening: "holds", stop: "stops the bot" };
  const held = rows.filter((row) => row.answer !== "free"), free = rows.filter((row) => row.answer === "free");
  return [
    held.length ? h("ul", { class: "rows" }, held.map((row) => h("li", { class: "bad" },
      h("b", {}, `■ ${row.title}`), h("span", {}, `${words[row.answer]}: ${row.reason}${row.since_ms ? `, since ${short(row.since_ms)}` : ""}`)))) : null,
    h("p", {}, h("span", { class: "good" }, "✓ "), held.length ? "Free: " : h("b", {}, "Every guard is free: "), h("span", { class: "soft" }, free.map((row) => row.title.toLowerCase()).join(", "))),
  ];
}

const opened = new Set();
export function decisions({ decisions: rows }) {
  if (!rows.length) return [empty("No bar has been decided on yet.")];
  return [h("div", { class: "list", tabindex: "0" }, rows.map((row) => {
    const entered = row.outcome.startsWith("entered");
    return h("details", { open: opened.has(row.bar_ms), ontoggle: (event) => event.target.open ? opened.add(row.bar_ms) : opened.delete(row.bar_ms) },
      h("summary", {},
        h("time", {}, short(row.bar_ms)), side(row.side),
        h("span", { class: entered ? "yes" : "" }, row.outcome || row.words, row.missed ? h("small", {}, " (missed)") : null),
        h("span", { class: "conf" }, row.confidence === undefined || row.confidence === null ? "" : [h("span", { class: row.confidence >= row.asked ? "good" : "" }, number(row.confidence, 3)), ` of ${number(row.asked, 3)}`])),
      h("ul", { class: "gates" }, row.gates.map((gate) => h("li", {}, h("b", { class: gate.passed ? "good" : "bad" }, gate.passed ? "✓" : "✗"), h("span", {}, gate.title), h("span", {}, gate.words)))));
  }))];
}

export function whyNot({ why_not: rows }) {
  if (!rows.length) return [empty("No bar has been decided on yet.")];
  return rows.map((row) => h("div", { class: "meter" },
    h("p", {}, h("span", {}, row.words), h("span", {}, `${number(row.count, 0)} · ${number(row.pct, 1)} %`)),
    h("div", { class: "track" }, meter(row.pct, row.verdict === "opened" ? "" : "plain"))));
}

export function trades({ bot, trades: rows }) {
  if (!rows.length) return [empty("No trade has been closed yet.")];
  return [table([
    { name: "closed, UTC", of: (one) => short(one.closed_ms) },
    { name: "side", of: (one) => side(one.side) },
    { name: `net, ${bot.currency}`, n: true, of: (one) => toned(one.net, number(one.net, 2, true)) },
    { name: "R", n: true, of: (one) => toned(one.r, number(one.r, 2, true)) },
    { name: "why it left", of: (one) => one.reason },
    { name: "lots", n: true, of: (one) => String(one.volume) },
    { name: "entry", n: true, of: (one) => number(one.entry_price, bot.digits) },
    { name: "exit", n: true, of: (one) => number(one.exit_price, bot.digits) },
    { name: "confidence", n: true, of: (one) => number(one.confidence, 3) },
    { name: "opened, UTC", of: (one) => short(one.opened_ms) },
  ], rows, true)];
}

export function calibrated({ calibration: { rows, words } }, width) {
  if (!rows.length) return [empty(`Not to be told: ${words}.`)];
  return [calibration(rows, width),
    h("p", { class: "keys" }, h("span", {}, "○ judged"), h("span", { class: "key buy" }, "● live"), h("span", {}, "share won by confidence, with its 95 % interval; one of five may lie apart by luck"))];
}

export function drift({ drift: rows, alarms }) {
  if (!rows.length) return [empty("Known after the first closed trade.")];
  return [
    alarms.map((alarm) => h("p", { class: "banner" }, alarm.text)),
    rows.map((row) => h("div", { class: "meter" },
      h("p", {}, h("span", {}, row.title), h("span", { class: row.alarms ? "bad" : "" }, row.alarms ? "alarm" : `${number(row.pct, 0)} % of an alarm`)),
      h("div", { class: "track" }, meter(row.alarms ? 100 : row.pct, row.alarms ? "hot" : row.pct >= 60 ? "warm" : "")),
      h("p", { class: "note" }, row.words))),
  ];
}

export function revision({ revision: one, bot }) {
  const facts = [];
  const add = (name, value) => value && facts.push(h("dt", {}, name), h("dd", {}, value));
  add("the bot trades", one.in_use || "nothing yet");
  add("promoted", one.promoted ?? "none; run.py mode=pull revision=TAG fetches one");
  if (one.promoted) {
    add("made", one.made);
    add("market", `${one.market}, ${one.source} data`);
    add("judged on gate", one.trades === null ? null : `${number(one.trades, 0)} trades, ${number(one.r, 3, true)} R a trade (${one.interval ? `${number(one.interval[0], 3, true)} to ${number(one.interval[1], 3, true)}` : "no interval"}), score ${number(one.score)}, drawdown ${pct(one.drawdown_pct, 1)}`);
    add("which says", h("span", { class: one.edge_tone }, one.edge));
    add("looks", Object.entries(one.looks).map(([name, n]) => `${name} ${n}`).join(", "));
    add("passed over", one.passed_over.join(", "));
  }
  const other = one.promoted && one.in_use && one.in_use !== one.promoted;
  return [
    one.problem && h("p", { class: "banner" }, one.problem),
    other && h("p", { class: "banner warn" }, `The bot trades ${one.in_use}, promoted is ${one.promoted}: the bot takes it at its next start, or it trades a set of its own.`),
    h("dl", { class: "facts" }, facts),
  ];
}

export function loop({ loop: { iterations: rows, problem } }, width) {
  if (problem) return [h("p", { class: "banner" }, problem)];
  if (!rows.length) return [empty("No iteration yet: run.py mode=optimize makes them.")];
  const judged = rows.filter((row) => row.r !== null);
  return [
    judged.length ? iterations(judged, width) : null,
    judged.length ? h("p", { class: "keys" }, h("span", { class: "key won" }, "● kept"), h("span", {}, "○ not kept"), h("span", {}, "mean R a trade on gate, with its interval; the best of many looks better than it is")) : null,
    table([
      { name: "iteration", of: (row) => `${row.loop ? `${row.loop} ` : ""}${row.iteration}` },
      { name: "decision", of: (row) => h("span", { class: `tag ${row.decision === "COMMIT" ? "good" : "off"}` }, DECISIONS[row.decision] ?? row.decision) },
      { name: "score", n: true, of: (row) => number(row.score) },
      { name: "was", n: true, of: (row) => number(row.was) },
      { name: "R a trade", n: true, of: (row) => number(row.r, 3, true) },
      { name: "interval", of: (row) => row.interval ? `${number(row.interval[0], 3, true)} to ${number(row.interval[1], 3, true)}` : null },
      { name: "trades", n: true, of: (row) => number(row.trades, 0) },
      { name: "look", n: true, of: (row) => number(row.look, 0) },
      { name: "ended", of: (row) => row.ended },
      { name: "why", free: true, of: (row) => row.reason },
    ], [...rows].reverse(), true),
  ];
}

export function pages({ pages: rows }) {
  if (!rows.length) return [empty("None yet: run.py mode=run, backtest, compare and others write them.")];
  return [h("ul", { class: "rows" }, rows.map((row) => h("li", {}, h("a", { href: `/reports/${row.id}`, target: "_blank", rel: "noopener" }, row.mode), h("span", { class: "when" }, time(row.made_ms)))))];
}

export function events({ events: rows }) {
  const cls = { alarm: "bad", warning: "none" };
  return [h("ul", { class: "rows events high", tabindex: "0" }, rows.map((row) => h("li", {}, h("time", {}, short(row.time_ms)), h("span", { class: cls[row.level] ?? "" }, row.text))))];
}
