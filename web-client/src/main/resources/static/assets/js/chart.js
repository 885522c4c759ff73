// A chart of the last two minutes, drawn once per second. Chart.js is not a module: the page loads it before this one.

import { count, speed } from "./format.js";

const { Chart } = globalThis;

const SPAN_S = 120;
const TICK_S = 30;
const SAMPLE_MS = 1_000;

// Ticks are round numbers in the unit that people read: bits.
const UNITS = {
  speed: { of: (bytesPerSecond) => bytesPerSecond * 8, text: (bits) => speed(bits / 8) },
  count: { of: (value) => value, text: count },
};

/**
 * @typedef {object} Series
 * @property {string} label
 * @property {Element} swatch its legend entry; the text colour is the colour of the series
 * @property {"speed"|"count"} unit a speed is in bytes per second, on the left axis; a count is on the right axis
 * @property {"area"|"line"|"bars"} form
 */
export class LiveChart {
  #chart;
  #series;
  #sample;
  #start = performance.now();

  /**
   * @param {HTMLCanvasElement} canvas its text colour is used for labels, its border colour for the grid
   * @param {Series[]} series
   * @param {(now: number) => (number|null)[]} sample the current value of each series; null for none
   */
  constructor(canvas, series, sample) {
    this.#series = series;
    this.#sample = sample;
    Chart.defaults.font.family = getComputedStyle(canvas).fontFamily;
    this.#chart = new Chart(canvas, {
      type: "line",
      data: { datasets: series.map(dataset) },
      options: {
        animation: false,
        maintainAspectRatio: false,
        parsing: false,
        normalized: true,
        interaction: { mode: "index", intersect: false },
        plugins: {
          legend: { display: false },
          tooltip: {
            displayColors: false,
            callbacks: {
              title: ([{ parsed, chart }]) => ago(chart.scales.x.max - parsed.x),
              label: ({ dataset: { label, unit }, parsed }) => `${label}: ${UNITS[unit].text(parsed.y)}`,
            },
          },
        },
        scales: {
          x: {
            type: "linear",
            min: -SPAN_S,
            max: 0,
            offset: false,
            grid: { drawTicks: false, offset: false },
            afterBuildTicks: (axis) => (axis.ticks = TICKS.map((before) => ({ value: axis.max - before }))),
            ticks: { maxRotation: 0, padding: 8, callback: (value, i) => ago(TICKS[i]) },
          },
          ...Object.fromEntries(series.map(({ unit }) => [unit, scale(unit)])),
        },
      },
    });
    this.#paint();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#paint());
    document.addEventListener("visibilitychange", () => this.#draw());
    setInterval(() => this.#take(), SAMPLE_MS);
  }

  #take() {
    const now = performance.now();
    const x = (now - this.#start) / 1_000;
    const values = this.#sample(now);
    this.#chart.data.datasets.forEach(({ data, unit }, i) => {
      data.push({ x, y: values[i] === null ? null : UNITS[unit].of(values[i]) });
      while (data[0].x < x - SPAN_S) {
        data.shift();
      }
    });
    this.#chart.options.scales.x.min = x - SPAN_S;
    this.#chart.options.scales.x.max = x;
    this.#draw();
  }

  #draw() {
    if (!document.hidden) {
      this.#chart.update();
    }
  }

  /** Applies the colours of the style sheet, which differ in dark mode. */
  #paint() {
    const { color, borderTopColor } = getComputedStyle(this.#chart.canvas);
    Object.values(this.#chart.options.scales).forEach((axis) => {
      axis.ticks.color = color;
      axis.grid.color = borderTopColor;
      axis.border = { color: borderTopColor };
    });
    this.#series.forEach(({ swatch, form }, i) => {
      const tone = getComputedStyle(swatch).color;
      this.#chart.data.datasets[i].borderColor = tone;
      this.#chart.data.datasets[i].backgroundColor = form === "bars" ? tone : translucent(tone);
    });
    this.#draw();
  }
}

const TICKS = Array.from({ length: SPAN_S / TICK_S + 1 }, (_, i) => SPAN_S - i * TICK_S);

function dataset({ label, unit, form }) {
  return {
    label,
    unit,
    yAxisID: unit,
    data: [],
    type: form === "bars" ? "bar" : "line",
    fill: form === "area",
    borderWidth: form === "bars" ? 0 : 2,
    borderDash: form === "line" ? [6, 4] : [],
    barThickness: 4,
    pointRadius: 0,
    tension: 0,
  };
}

function scale(unit) {
  const onTheRight = unit === "count";
  return {
    position: onTheRight ? "right" : "left",
    beginAtZero: true,
    grace: "5%",
    // An axis with only 0 has no height; one that follows every small change exaggerates it.
    suggestedMax: onTheRight ? 10 : 1_000_000,
    grid: { display: !onTheRight, drawTicks: false },
    ticks: { maxTicksLimit: 6, precision: 0, padding: 6, callback: UNITS[unit].text },
  };
}

function ago(seconds) {
  return seconds < 1 ? "now" : `−${Math.round(seconds)} s`;
}

function translucent(rgb) {
  return rgb.replace(/^rgb\((.*)\)$/, "rgba($1, 0.16)");
}
