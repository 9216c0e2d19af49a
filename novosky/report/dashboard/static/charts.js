// Equity with drawdown, and trades on the price, by TradingView's Lightweight Charts.
import { AreaSeries, CandlestickSeries, ColorType, CrosshairMode, LineSeries, LineStyle, LineType, createChart, createSeriesMarkers } from "./lightweight-charts.mjs";
import { clock, day, h, money, number } from "./words.js";

const probe = h("span", { hidden: true });
document.body.append(probe);
// A variable that depends on the scheme is resolved by the browser, as a colour of an element.
function colour(name, alpha = 1) {
  probe.style.color = `var(--${name})`;
  const parts = getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  return `rgba(${parts.join(", ")}, ${alpha})`;
}
function looks() {
  return {
    layout: { background: { type: ColorType.Solid, color: "rgba(0, 0, 0, 0)" }, textColor: colour("soft"), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12, attributionLogo: false, panes: { separatorColor: colour("line"), separatorHoverColor: colour("line"), enableResize: false } },
    grid: { vertLines: { color: colour("line", 0.5) }, horzLines: { color: colour("line", 0.7) } },
    rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.14, bottom: 0.06 } },
    timeScale: { borderColor: colour("line"), timeVisible: true, secondsVisible: false, rightOffset: 3, minBarSpacing: 0.05 },
    crosshair: { mode: CrosshairMode.Magnet, vertLine: { color: colour("soft", 0.5), labelBackgroundColor: "#3b4654" }, horzLine: { color: colour("soft", 0.5), labelBackgroundColor: "#3b4654" } },
    localization: { locale: "en-US", timeFormatter: (seconds) => `${day(seconds * 1000)} ${clock(seconds * 1000)} UTC` },
    handleScroll: { vertTouchDrag: false },
  };
}
const seconds = (ms) => Math.floor(ms / 1000);
// The library wants times that rise; of two rows in one second the later stands.
function rising(rows) {
  const kept = [];
  for (const row of rows) {
    if (kept.length && kept[kept.length - 1].time >= row.time) kept.pop();
    if (!kept.length || kept[kept.length - 1].time < row.time) kept.push(row);
  }
  return kept;
}

export class EquityChart {
  constructor(place) {
    this.place = place;
    this.legend = h("div", { class: "legend" });
    place.append(this.legend);
    this.chart = createChart(place, { autoSize: true, ...looks() });
    const quiet = { priceLineVisible: false, lastValueVisible: false, crosshairMarkerRadius: 3 };
    this.balance = this.chart.addSeries(LineSeries, { ...quiet, lineWidth: 1, lineType: LineType.WithSteps, crosshairMarkerVisible: false });
    this.equity = this.chart.addSeries(AreaSeries, { ...quiet, lastValueVisible: true, lineWidth: 2 });
    this.fall = this.chart.addSeries(AreaSeries, { ...quiet, lineWidth: 1, invertFilledArea: true, priceFormat: { type: "custom", minMove: 0.01, formatter: (value) => `${number(value, 1)}%` } }, 1);
    this.chart.panes()[0].setStretchFactor(3);
    this.chart.panes()[1].setStretchFactor(1);
    this.chart.subscribeCrosshairMove((event) => this.tell(event.time));
    this.rows = [];
    this.paint();
  }
  paint() {
    this.chart.applyOptions(looks());
    this.balance.applyOptions({ color: colour("soft", 0.7) });
    this.equity.applyOptions({ lineColor: colour("blue"), topColor: colour("blue", 0.28), bottomColor: colour("blue", 0.02) });
    this.fall.applyOptions({ lineColor: colour("bad"), topColor: colour("bad", 0.05), bottomColor: colour("bad", 0.25) });
  }
  show(curve, currency) {
    const key = `${curve.length} ${curve[0]} ${curve[curve.length - 1]}`;
    if (key === this.key) return;
    this.key = key;
    this.currency = currency;
    const seen = this.chart.timeScale().getVisibleLogicalRange();
    const isWhole = !this.rows.length || seen === null || (seen.from < 1 && seen.to > this.rows.length - 2);  // else the reader looks closer
    this.rows = rising(curve.map(([ms, equity, balance, fall]) => ({ time: seconds(ms), equity, balance, fall })));
    this.equity.setData(this.rows.map(({ time, equity }) => ({ time, value: equity })));
    this.balance.setData(this.rows.map(({ time, balance }) => ({ time, value: balance })));
    this.fall.setData(this.rows.map(({ time, fall }) => ({ time, value: -fall })));
    if (isWhole) this.chart.timeScale().fitContent();
    this.tell(undefined);
  }
  tell(at) {
    const row = at === undefined ? this.rows[this.rows.length - 1] : this.rows.find(({ time }) => time === at);
    const more = row && this.place.clientWidth > 520 ? ` · balance ${number(row.balance)} · drawdown ${number(row.fall)} %` : "";
    this.legend.textContent = row ? `${day(row.time * 1000)} ${clock(row.time * 1000)} · equity ${money(row.equity, this.currency)}${more}` : "";
  }
}

// A line from each entry to its exit, in the colour of what it brought.
class TradeLines {
  constructor() { this.trades = []; }
  attached({ chart, series, requestUpdate }) { Object.assign(this, { chart, series, update: requestUpdate }); }
  show(trades, won, lost) { Object.assign(this, { trades, won, lost }); this.update?.(); }
  updateAllViews() {}
  paneViews() { return [{ zOrder: () => "top", renderer: () => ({ draw: (target) => target.useMediaCoordinateSpace(({ context }) => this.draw(context)) }) }]; }
  draw(context) {
    const scale = this.chart.timeScale();
    context.lineWidth = 1.5;
    context.setLineDash([4, 3]);
    for (const { from, entry, to, exit, net } of this.trades) {
      const [x0, x1] = [scale.timeToCoordinate(from), scale.timeToCoordinate(to)];
      const [y0, y1] = [this.series.priceToCoordinate(entry), this.series.priceToCoordinate(exit)];
      if ([x0, x1, y0, y1].some((value) => value === null)) continue;
      context.strokeStyle = net >= 0 ? this.won : this.lost;
      context.beginPath();
      context.moveTo(x0, y0);
      context.lineTo(x1, y1);
      context.stroke();
    }
    context.setLineDash([]);
  }
}

export class PriceChart {
  constructor(place) {
    this.legend = h("div", { class: "legend" });
    place.append(this.legend);
    this.place = place;
    this.chart = createChart(place, { autoSize: true, ...looks() });
    this.candles = this.chart.addSeries(CandlestickSeries, { priceLineVisible: false, borderVisible: false });
    this.lines = new TradeLines();
    this.candles.attachPrimitive(this.lines);
    this.markers = createSeriesMarkers(this.candles, []);
    this.levels = [];
    this.bars = [];
    this.trades = [];
    this.positions = [];
    this.chart.subscribeCrosshairMove((event) => this.tell(event.time));
    this.paint();
  }
  paint() {
    this.chart.applyOptions(looks());
    const up = colour("good", 0.75), down = colour("bad", 0.75);
    this.candles.applyOptions({ upColor: up, downColor: down, wickUpColor: up, wickDownColor: down });
    this.mark();
  }
  clear() {
    this.bars = [];
    this.trades = [];
    this.candles.setData([]);
  }
  get lastMs() { return this.bars.length ? this.bars[this.bars.length - 1].time * 1000 : -1; }
  add(bars, trades, digits) {
    const isFirst = this.bars.length === 0;
    this.digits = digits;
    const rows = bars.map(([ms, open, high, low, close]) => ({ time: seconds(ms), open, high, low, close }));
    this.candles.applyOptions({ priceFormat: { type: "price", precision: digits, minMove: 10 ** -digits } });
    if (isFirst || rows.length > 50) {
      this.bars = this.bars.concat(rows);
      this.candles.setData(this.bars);
    } else for (const row of rows) {
      this.bars.push(row);
      this.candles.update(row);
    }
    this.trades = trades;
    this.mark();
    if (isFirst && this.bars.length) {
      const shown = Math.max(40, Math.round(this.place.clientWidth / 7));
      this.chart.timeScale().setVisibleLogicalRange({ from: this.bars.length - shown, to: this.bars.length + 3 });
    }
    this.tell(undefined);
  }
  hold(positions) {
    this.positions = positions;
    this.mark();
  }
  // The bar that a moment lies in: its last index whose time is not later.
  barOf(ms) {
    let low = 0, high = this.bars.length - 1;
    if (high < 0 || ms / 1000 < this.bars[0].time) return null;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.bars[middle].time <= ms / 1000) low = middle; else high = middle - 1;
    }
    return this.bars[low].time;
  }
  mark() {
    const buy = colour("blue"), sell = colour("sell"), won = colour("good"), lost = colour("bad");
    const markers = [], lines = [];
    const enter = (name, ms) => {
      const time = this.barOf(ms);
      if (time === null) return null;
      markers.push(name === "BUY" ? { time, position: "belowBar", shape: "arrowUp", color: buy, size: 1 } : { time, position: "aboveBar", shape: "arrowDown", color: sell, size: 1 });
      return time;
    };
    for (const [name, openedMs, entry, closedMs, exit, net] of this.trades) {
      const from = enter(name, openedMs), to = this.barOf(closedMs);
      if (to !== null) markers.push({ time: to, position: "atPriceMiddle", price: exit, shape: "circle", color: net >= 0 ? won : lost, size: 0.6 });
      if (from !== null && to !== null) lines.push({ from, entry, to, exit, net });
    }
    for (const level of this.levels) this.candles.removePriceLine(level);
    this.levels = [];
    for (const one of this.positions) {
      if (one.opened_ms) enter(one.side, one.opened_ms);
      const level = (price, title, color, lineStyle) => price && this.levels.push(this.candles.createPriceLine({ price, title, color, lineStyle, lineWidth: 1, axisLabelVisible: true }));
      level(one.price, one.side, one.side === "BUY" ? buy : sell, LineStyle.Solid);
      level(one.stop, "stop", lost, LineStyle.Dashed);
      level(one.target, "target", won, LineStyle.Dashed);
    }
    markers.sort((a, b) => a.time - b.time);
    this.markers.setMarkers(markers);
    this.lines.show(lines, won, lost);
  }
  tell(at) {
    const row = at === undefined ? this.bars[this.bars.length - 1] : this.bars.find(({ time }) => time === at);
    const price = (value) => number(value, this.digits);
    const more = row && this.place.clientWidth > 520 ? `O ${price(row.open)} H ${price(row.high)} L ${price(row.low)} ` : "";
    this.legend.textContent = row ? `${day(row.time * 1000)} ${clock(row.time * 1000)} · ${more}C ${price(row.close)}` : "";
  }
}
