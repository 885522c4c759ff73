// Many streams in one tab, to see the platform scale.

import "./elements/access-note.js";
import "./elements/problem-note.js";
import { Problem } from "./api.js";
import { Bindings, items } from "./bindings.js";
import { LiveChart } from "./chart.js";
import { secureAddress, sharesConnections } from "./connection.js";
import { element, isIdle, setIdle, setText } from "./dom.js";
import { count, counted, shortId, speed } from "./format.js";
import { StreamSession } from "./session.js";
import { describe } from "./words.js";

const RENDER_MS = 500;
// A browser opens six connections per host over HTTP/1.1, and the page needs one for everything else.
const MOST = sharesConnections() ? 60 : 5;

const $ = (id) => document.getElementById(id);

/** One stream and its tile. */
class Tile {
  #word = element("p", { class: "word" });
  #speed = element("p", { class: "value" });
  #where = element("p", { class: "where" });
  #state = { name: "connecting", retryAt: null };

  instance = null;

  constructor({ user, profile }) {
    this.stream = new StreamSession(user, profile, {
      state: (state) => (this.#state = state),
      session: ({ instance }) => (this.instance = instance),
      message() {},
    });
    const pair = element("p", { class: "pair", title: `User ${user}, profile ${profile}` });
    pair.append(element("code", {}, shortId(user)), " · ", element("code", {}, shortId(profile)));
    this.node = element("li", { class: "card" }, this.#word, this.#speed, this.#where, pair);
    this.stream.start();
  }

  get isStreaming() {
    return this.#state.name === "streaming";
  }

  speedNow(now) {
    return this.isStreaming ? (this.stream.meter.speedNow(now) ?? 0) : 0;
  }

  render(now) {
    const paused = this.isStreaming && this.stream.meter.isPaused(now);
    const { word, tone, text } = describe(this.#state, { paused });
    this.node.dataset.tone = tone;
    setText(this.#word, word);
    this.#word.title = text;
    setText(this.#speed, this.isStreaming ? speed(this.speedNow(now)) : "–");
    const seconds = (this.#state.retryAt - now + 999) / 1_000;
    const waits = this.#state.retryAt === null ? "not streaming" : `trying again in ${count(seconds)} s`;
    setText(this.#where, this.isStreaming ? `from ${this.instance}` : waits);
  }
}

/** @type {Tile[]} */
let tiles = [];
let changes = 0;

/** Opens or ends streams until that many are open, or there are no more pairs. */
async function open(wanted) {
  changes += 1;
  const change = changes;
  $("problem").clear();
  setText($("status"), "Loading suggested users…");
  try {
    const pairs = await suggestedPairs(wanted);
    if (change !== changes) {
      return;
    }
    tiles.splice(pairs.length).forEach(end);
    for (const pair of pairs.slice(tiles.length)) {
      const tile = new Tile(pair);
      tiles.push(tile);
      $("list").append(tile.node);
    }
    setText(
      $("status"),
      pairs.length === wanted
        ? ""
        : `Suggested users have only ${counted(pairs.length, "stream")}. Create test data on the home page for more.`,
    );
    history.replaceState(null, "", `/load?streams=${wanted}`);
  } catch (problem) {
    if (change !== changes) {
      return;
    }
    setText($("status"), "");
    $("problem").show(problem, () => open(wanted));
  }
  render();
}

/** The same pairs each time, so that they resume after a reload: first one of each user, then the second of each. */
async function suggestedPairs(wanted) {
  const bindings = await Bindings.read();
  const users = [];
  for await (const { id } of items("/main/suggested", () => {})) {
    users.push({ user: id, profiles: bindings.users.get(id) ?? [] });
  }
  const most = Math.max(0, ...users.map(({ profiles }) => profiles.length));
  const pairs = Array.from({ length: most }, (_, i) =>
    users.filter(({ profiles }) => i < profiles.length).map(({ user, profiles }) => ({ user, profile: profiles[i] })),
  ).flat();
  return pairs.slice(0, wanted);
}

/** Ends a stream and frees its lock at once. The tile stays until the stream has ended. */
async function end(tile) {
  try {
    await tile.stream.end();
    tile.node.remove();
  } catch (problem) {
    tiles.push(tile);
    if (!(problem instanceof Problem)) {
      throw problem;
    }
    $("problem").show(problem);
  }
}

async function endAll() {
  changes += 1;
  const ending = tiles;
  tiles = [];
  setText($("status"), "Ending…");
  history.replaceState(null, "", "/load");
  await Promise.all(ending.map(end));
  setText($("status"), tiles.length === 0 ? `Ended ${counted(ending.length, "stream")}, now free for others.` : "");
  render();
}

function total(of) {
  return tiles.reduce((sum, tile) => sum + of(tile), 0);
}

function render() {
  const now = performance.now();
  const streaming = tiles.filter((tile) => tile.isStreaming);
  tiles.forEach((tile) => tile.render(now));
  setText($("speed-now"), tiles.length === 0 ? "–" : speed(total((tile) => tile.speedNow(now))));
  setText($("streaming"), tiles.length === 0 ? "–" : `${streaming.length} of ${tiles.length}`);
  setText($("lost"), tiles.length === 0 ? "–" : count(total((tile) => tile.stream.meter.lost)));
  setIdle($("end"), tiles.length === 0);

  const instances = Map.groupBy(streaming, (tile) => tile.instance);
  setText($("others"), tiles.length === 0 ? "none open" : `on ${counted(instances.size, "instance")}`);
  $("no-instances").hidden = instances.size > 0;
  const bars = [...instances].sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
  while ($("instances").children.length > bars.length) {
    $("instances").lastElementChild.remove();
  }
  bars.forEach(([instance, own], i) => {
    const bar = $("instances").children[i] ?? $("instances").appendChild(newBar());
    const [name, share, numbers] = bar.children;
    setText(name, instance);
    share.max = streaming.length;
    share.value = own.length;
    share.setAttribute("aria-label", `Share of the streams on ${instance}`);
    const together = own.reduce((sum, tile) => sum + tile.speedNow(now), 0);
    setText(numbers, `${counted(own.length, "stream")}, ${speed(together)}`);
  });
}

function newBar() {
  return element("li", {}, element("code"), element("progress"), element("span"));
}

/** Explains the limit of streams, and links to the address without it. */
async function explainConnection() {
  $("streams").max = MOST;
  if (sharesConnections()) {
    setText($("connection"), "This page uses HTTP/2: all its streams share one connection.");
    return;
  }
  setText(
    $("connection"),
    "This page uses HTTP/1.1. With it, a browser opens at most six connections to a host, in all tabs together. Each " +
      "stream needs one, so this page opens up to five, and keeps one connection for everything else. With HTTP/2, " +
      "all streams share one connection. Browsers use HTTP/2 only with TLS. ",
  );
  const secure = await secureAddress();
  $("connection").append(
    ...(secure === null
      ? ["This server offers no HTTP/2."]
      : [
          element("a", { href: secure }, "Open this page over HTTP/2"),
          " (if its certificate was made on this machine, your browser shows a warning first).",
        ]),
  );
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  open($("streams").valueAsNumber);
});
$("end").addEventListener("click", () => !isIdle($("end")) && endAll());
document.addEventListener("visibilitychange", () => !document.hidden && render());

explainConnection();
new LiveChart(
  $("chart"),
  [
    { label: "Total speed", swatch: $("series-speed"), unit: "speed", form: "area" },
    { label: "Active streams", swatch: $("series-streams"), unit: "count", form: "line" },
  ],
  (now) => [total((tile) => tile.speedNow(now)), tiles.filter((tile) => tile.isStreaming).length],
);
setInterval(() => !document.hidden && render(), RENDER_MS);

const wanted = Number(new URLSearchParams(location.search).get("streams"));
if (Number.isInteger(wanted) && wanted >= 1) {
  $("streams").value = Math.min(wanted, MOST);
  open(Math.min(wanted, MOST));
}
