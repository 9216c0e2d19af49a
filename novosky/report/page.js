"use strict";
// Draws every figure in the reader's colour scheme, and again when the scheme changes.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const PIXELS_PER_CANDLE = 4;

function template() {
  const text = dark.matches ? "#c6cfda" : "#3b4654";
  const grid = dark.matches ? "#2a323d" : "#e8ecf1";
  const panel = dark.matches ? "#171c23" : "#ffffff";
  const axis = { gridcolor: grid, tickcolor: "rgba(0,0,0,0)", title: { font: { size: 12 } }, linecolor: grid, zerolinecolor: grid, automargin: true, ticks: "outside", ticklen: 4 };
  return {
    layout: {
      font: { family: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", size: 12, color: text },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      margin: { l: 8, r: 8, t: 30, b: 8 },
      hoverlabel: { bgcolor: panel, bordercolor: grid, font: { color: text }, align: "left" },
      legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom" },
      xaxis: { ...axis, rangeslider: { bgcolor: "rgba(0,0,0,0)", bordercolor: grid, borderwidth: 1 } },
      yaxis: axis,
      shapedefaults: { line: { color: text, width: 1.5 } },
    },
  };
}

const figures = [...document.querySelectorAll("script[data-chart]")].map((source) => ({
  place: document.getElementById(source.dataset.chart),
  ...JSON.parse(source.textContent),
}));

function draw() {
  for (const { place, data, layout } of figures) {
    Plotly.react(place, data, { ...layout, template: template() }, { responsive: true, displayModeBar: false });
  }
}

// Plotly writes a date as milliseconds or as "2024-02-25 21:00" without a zone, which is UTC here.
function milliseconds(date) {
  return typeof date === "number" ? date : Date.parse(date.includes(" ") ? `${date.replace(" ", "T")}Z` : date);
}

// The prices of the candles in sight fill the height.
function fitPrices(place, candles) {
  const [from, to] = place.layout.xaxis.range.map(milliseconds);
  const seen = candles.x.map((time, i) => i).filter((i) => candles.x[i] >= from && candles.x[i] <= to);
  if (seen.length === 0) return;
  const low = Math.min(...seen.map((i) => candles.low[i]));
  const high = Math.max(...seen.map((i) => candles.high[i]));
  const room = 0.05 * (high - low);
  Plotly.relayout(place, { "yaxis.range": [low - room, high + room] });
}

function startAtTheEnd({ place, data: [candles], layout }) {
  const [first, last] = layout.xaxis.range;
  const perBar = (last - first) / candles.x.length;
  const shown = (place.clientWidth / PIXELS_PER_CANDLE) * perBar;
  place.on("plotly_relayout", (change) => {
    if (Object.keys(change).some((key) => key.startsWith("xaxis.range"))) fitPrices(place, candles);
  });
  Plotly.relayout(place, { "xaxis.range": [Math.max(first, last - shown), last] });
}

draw();
figures.filter(({ data }) => data[0].type === "candlestick").forEach(startAtTheEnd);
dark.addEventListener("change", draw);
