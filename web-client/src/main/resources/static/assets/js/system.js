// The state of the platform, read from main's system endpoint again and again.

import "./elements/access-note.js";
import "./elements/problem-note.js";
import { call } from "./api.js";
import { LiveChart } from "./chart.js";
import { element, setText } from "./dom.js";
import { count, counted, duration, speed, time, took } from "./format.js";
import { CounterRate } from "./rates.js";

const ROUND_MS = 2_000;

const $ = (id) => document.getElementById(id);

/** The speed of each instance, from its reports so far. */
const rates = new Map();
let timer;
let total = { streams: null, speed: null };

async function round() {
  clearTimeout(timer);
  let pause = ROUND_MS;
  try {
    show(await call("/main/system"));
    $("problem").clear();
  } catch (problem) {
    $("reported").classList.add("is-unknown");
    $("reported").classList.remove("is-none");
    setText($("reported"), "Not available now");
    total = { streams: null, speed: null };
    $("problem").show(problem);
    pause = Math.max(pause, (problem.retryAfter ?? 0) * 1_000);
  }
  timer = document.hidden ? null : setTimeout(round, pause);
}

function show({ source, instances }) {
  instances.forEach(measure);
  const up = instances.filter(({ problem }) => problem === null);
  const streaming = up.filter(({ streaming }) => streaming !== null);
  $("reported").classList.toggle("is-unknown", up.length < instances.length);
  $("reported").classList.toggle("is-none", instances.length === 0);
  setText($("reported"), origin(source, instances, up));

  setText($("up"), `${up.length} of ${instances.length} up`);
  const services = new Set(instances.map(({ service }) => service));
  const perService = [...services].map((service) => `${of(up, service)} of ${of(instances, service)} ${service}`);
  setText($("services"), perService.join(", "));

  const sum = (number) => streaming.reduce((all, instance) => all + number(instance), 0);
  const streams = sum(({ streaming: { streams } }) => streams);
  const known = streaming.map((instance) => rateOf(instance).perSecond).filter((rate) => rate !== null);
  const now = known.length === 0 ? null : known.reduce((all, rate) => all + rate, 0);
  total = { streams, speed: now };
  setText($("streams"), count(streams));
  const perInstance = `${(streams / streaming.length).toFixed(1)} per stream instance`;
  setText($("per-instance"), streaming.length === 0 ? "no stream instance is up" : perInstance);
  setText($("speed-now"), streaming.length === 0 ? "–" : now === null ? "measuring" : speed(now));
  setText($("speed-average"), speed(sum(averageSpeed)));

  const refused = new Map();
  streaming
    .flatMap(({ streaming }) => Object.entries(streaming.refused))
    .forEach(([status, times]) => refused.set(status, (refused.get(status) ?? 0) + times));
  setText($("refused"), count([...refused.values()].reduce((all, times) => all + times, 0)));
  const perReason = [...refused].map(([status, times]) => `${count(times)} × ${REFUSALS[status] ?? status}`);
  setText($("refused-by"), perReason.join(", ") || "no stream since the start");

  const lost = sum(({ streaming: { lost } }) => lost);
  const messages = sum(({ streaming: { messages } }) => messages);
  setText($("lost"), count(lost));
  const lostShare = ((100 * lost) / (lost + messages)).toFixed(lost === 0 ? 0 : 2);
  setText($("lost-share"), messages === 0 ? "no messages sent yet" : `${lostShare} % of all messages`);

  $("no-instances").hidden = instances.length > 0;
  $("instances-scroll").hidden = instances.length === 0;
  showRows($("instances"), instances.map(instanceRow));
  const dependencies = instances.flatMap((instance) =>
    instance.dependencies.map((dependency) => dependencyRow(dependency, instance.name)),
  );
  showRows($("dependencies"), dependencies.sort(byText));
}

const REFUSALS = {
  400: "malformed",
  403: "not bound",
  404: "unknown",
  409: "launched elsewhere",
  503: "full, draining or a dependency down",
};

function key({ service, name }) {
  return `${service}/${name}`;
}

function rateOf(instance) {
  if (!rates.has(key(instance))) {
    rates.set(key(instance), new CounterRate());
  }
  return rates.get(key(instance));
}

function measure(instance) {
  if (instance.streaming !== null) {
    rateOf(instance).add(Date.parse(instance.at), instance.streaming.bytes);
  }
}

function averageSpeed({ at, startedAt, streaming }) {
  return (streaming.bytes * 1_000) / Math.max(1, Date.parse(at) - Date.parse(startedAt));
}

function of(instances, service) {
  return instances.filter((instance) => instance.service === service).length;
}

/** The source of the numbers, and their time: the newest one of the instances that are up. */
function origin(source, instances, up) {
  if (up.length === 0) {
    return instances.length === 0 ? "No instances" : "No instance is up";
  }
  const newest = new Date(Math.max(...up.map(({ at }) => Date.parse(at))));
  return `Reported by ${source === "prometheus" ? "Prometheus" : "the instances"} at ${time(newest)}`;
}

function instanceRow(instance) {
  const { name, problem, at, startedAt, streaming } = instance;
  const numbers =
    streaming === null
      ? ["–", "–", "–", "–", "–"]
      : [
          count(streaming.streams),
          rateOf(instance).perSecond === null ? "measuring" : speed(rateOf(instance).perSecond),
          speed(averageSpeed(instance)),
          count(streaming.lost),
          count(Object.values(streaming.refused).reduce((all, times) => all + times, 0)),
        ];
  const state =
    problem === null
      ? { text: `Up for ${duration(Date.parse(at) - Date.parse(startedAt))}`, tone: "good" }
      : { text: `Down. ${problem}`, tone: "bad" };
  return [{ text: name }, { ...state, name: "state" }, ...numbers.map((text) => ({ text, name: "number" }))];
}

function dependencyRow({ name, calls, seconds, longest }, caller) {
  return [
    { text: name },
    { text: caller },
    { text: count(calls), name: "number" },
    { text: calls === 0 ? "–" : took(seconds / calls), name: "number" },
    { text: longest === 0 ? "–" : took(longest), name: "number" },
  ];
}

function byText([a], [b]) {
  return a.text.localeCompare(b.text, "en", { numeric: true });
}

/** Reuses rows and cells, so that nothing flickers and a selection stays. */
function showRows(body, rows) {
  while (body.children.length > rows.length) {
    body.lastElementChild.remove();
  }
  rows.forEach((cells, i) => {
    const row = body.children[i] ?? body.appendChild(element("tr", {}, ...cells.map(() => element("td"))));
    cells.forEach(({ text, name = "", tone }, j) => {
      const cell = row.children[j];
      cell.className = name;
      if (tone !== undefined) {
        cell.dataset.tone = tone;
      }
      setText(cell, text);
    });
  });
}

document.addEventListener("visibilitychange", () => !document.hidden && round());

new LiveChart(
  $("chart"),
  [
    { label: "Total speed", swatch: $("series-speed"), unit: "speed", form: "area" },
    { label: "Streams", swatch: $("series-streams"), unit: "count", form: "line" },
  ],
  () => [total.speed, total.streams],
);
round();
