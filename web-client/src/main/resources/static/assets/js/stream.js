// The page of one pair's stream.

import "./elements/access-note.js";
import "./elements/problem-note.js";
import { LiveChart } from "./chart.js";
import { element, isIdle, setIdle, setText } from "./dom.js";
import { bytes, count, counted, duration, excerpt, speed, time } from "./format.js";
import { StreamSession } from "./session.js";
import { describe } from "./words.js";

const RENDER_MS = 250;
const NEWEST_MESSAGES = 8;
const NEWEST_INSTANCES = 5;
const EXCERPT = 120;

const $ = (id) => document.getElementById(id);
const [, , user = "", profile = ""] = location.pathname.split("/");

let state;
let stateSince = 0;
let session = null;
let instanceChanges = 0;
const messages = []; // the newest first, as the log shows them

const stream = new StreamSession(user, profile, {
  state(next) {
    state = next;
    stateSince = performance.now();
    render();
  },
  session(next) {
    if (session?.instance !== next.instance) {
      instanceChanges += session === null ? 0 : 1;
      const at = new Date();
      const since = element("time", { datetime: at.toISOString() }, `since ${time(at)}`);
      $("instances").prepend(element("li", {}, element("code", {}, next.instance), since));
      $("instances").children[NEWEST_INSTANCES]?.remove();
      $("instances-card").hidden = false;
    }
    session = next;
  },
  message({ sequence, instance, timestamp, message }, size) {
    messages.unshift({ sequence, instance, timestamp, size, text: excerpt(message, EXCERPT) });
    messages.length = Math.min(messages.length, NEWEST_MESSAGES);
  },
});

function render() {
  const now = performance.now();
  renderState(now);
  renderNumbers(now);
  renderMessages();
}

function renderState(now) {
  const paused = state.name === "streaming" && stream.meter.isPaused(now);
  const { word, tone, text } = describe(state, { paused, ttl: session?.ttl });
  $("state").dataset.state = paused ? "paused" : state.name;
  $("state").dataset.tone = tone;
  setText($("word"), word);
  setText($("text"), text);
  document.title = `${word} · kubescaler`;

  const waits = state.retryAt !== null;
  $("countdown").hidden = !waits;
  if (waits) {
    const left = Math.max(0, state.retryAt - now);
    setText($("countdown-text"), `Trying again in ${duration(left + 999)}`);
    $("countdown-bar").max = state.retryAt - stateSince;
    $("countdown-bar").value = left;
  }
  const over = state.name === "ended" || state.name === "refused";
  $("start").hidden = !waits && !over;
  setText($("start"), waits ? "Try now" : state.name === "ended" ? "Start again" : "Try again");
  setIdle($("end"), !stream.canEnd || state.name === "ending");
}

function renderNumbers(now) {
  const { meter } = stream;
  const current = speedNow(now);
  const average = meter.averageSpeed(now);
  setText($("speed-now"), session === null ? "–" : current === null ? "measuring" : speed(current));
  setText($("speed-average"), average === null ? "–" : speed(average));
  setText($("bytes"), bytes(meter.bytes));
  setText($("messages"), counted(meter.messages, "message"));
  setText($("lost"), count(meter.lost));
  const lostShare = share(meter.lost, meter.messages + meter.lost);
  setText($("lost-share"), meter.messages === 0 ? "messages" : `messages, ${lostShare}`);
  setText($("elapsed"), duration(meter.elapsed(now)));
  setText($("since"), session === null ? "no session yet" : `session started ${time(session.since)}`);
  setText($("instance"), session === null ? "–" : session.instance);
  setText($("instance-changes"), session === null ? "none yet" : changes(instanceChanges));
}

function share(part, whole) {
  return `${((100 * part) / whole).toFixed(part === 0 ? 0 : 2)} % of all`;
}

function changes(n) {
  return n === 0 ? "the same since the start" : n === 1 ? "changed once" : `changed ${count(n)} times`;
}

const rows = Array.from({ length: NEWEST_MESSAGES }, () => {
  const cells = ["sequence", "timestamp", "instance", "size", "text"].map((name) => element("td", { class: name }));
  $("log").append(element("tr", { hidden: true }, ...cells));
  return cells;
});

function renderMessages() {
  $("no-messages").hidden = messages.length > 0;
  $("messages-scroll").hidden = messages.length === 0;
  messages.forEach(({ sequence, timestamp, instance, size, text }, i) => {
    const values = [count(sequence), time(new Date(timestamp)), instance, bytes(size), text];
    values.forEach((value, cell) => setText(rows[i][cell], value));
    rows[i][0].parentElement.hidden = false;
  });
}

function speedNow(now) {
  return state.name === "streaming" ? stream.meter.speedNow(now) : 0;
}

let lostBefore = 0;

function sample(now) {
  const lost = stream.meter.lost - lostBefore;
  lostBefore = stream.meter.lost;
  return session === null ? [null, null, null] : [speedNow(now), stream.meter.averageSpeed(now), lost || null];
}

$("start").addEventListener("click", () => stream.start());
$("end").addEventListener("click", async () => {
  if (isIdle($("end"))) {
    return;
  }
  $("problem").clear();
  try {
    await stream.end();
  } catch (problem) {
    $("problem").show(problem);
  }
});
document.addEventListener("visibilitychange", () => !document.hidden && render());

setText($("user"), user);
setText($("profile"), profile);
stream.start();
new LiveChart(
  $("chart"),
  [
    { label: "Speed now", swatch: $("series-now"), unit: "speed", form: "area" },
    { label: "Average speed", swatch: $("series-average"), unit: "speed", form: "line" },
    { label: "Lost messages", swatch: $("series-lost"), unit: "count", form: "bars" },
  ],
  sample,
);
setInterval(() => !document.hidden && render(), RENDER_MS);
