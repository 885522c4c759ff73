// The home page: users, profiles, launched pairs, and test data to start with.

import "./elements/access-note.js";
import "./elements/paged-list.js";
import "./elements/problem-note.js";
import { call, pairPath } from "./api.js";
import { Bindings, items } from "./bindings.js";
import { caller } from "./caller.js";
import { element, isIdle, setIdle, setText } from "./dom.js";
import { PairList } from "./elements/pair-list.js";
import { count, counted } from "./format.js";
import { LaunchedWatch } from "./launched.js";

const TESTDATA_MS = 120_000; // for 10,000 of each
const PROGRESS_MS = 500;
const MOST_FOUND = 20;

const $ = (id) => document.getElementById(id);

// --- Users, profiles, suggested users ---------------------------------------------------------------------------

/** @type {Bindings|null} null until read */
let bindings = null;

function userEntry({ id }) {
  const pairs = PairList.of({ user: id });
  const note = element("p", { class: "note" });
  const entry = element("li", { class: "user", "data-user": id }, element("code", { class: "id" }, id), pairs, note);
  showProfiles(entry);
  return entry;
}

/** The profiles of a user come from the bindings, which may be read after the user is shown. */
function showProfiles(entry) {
  const profiles = bindings?.users.get(entry.dataset.user) ?? [];
  entry.querySelector("pair-list").show(profiles);
  const none = bindings === null ? "" : bindings.partial ? "No profile among the first thousands" : "No profile";
  setText(entry.querySelector(".note"), profiles.length > 0 ? "" : none);
}

function profileEntry({ id, users }) {
  const pairs = PairList.of({ profile: id });
  pairs.show(users);
  const note = element("p", { class: "note" }, counted(users.length, "user"));
  return element("li", { class: "profile" }, element("code", { class: "id" }, id), note, pairs);
}

$("users").entry = userEntry;
$("suggested").entry = userEntry;
$("profiles").entry = profileEntry;

async function readBindings() {
  try {
    bindings = await Bindings.read();
    document.querySelectorAll("li.user").forEach(showProfiles);
    $("bindings-problem").clear();
    launched.now();
  } catch (problem) {
    $("bindings-problem").show(problem, readBindings);
  }
}

function reload() {
  $("users").reload();
  $("suggested").reload();
  $("profiles").reload();
  readBindings();
}

// --- Launched pairs ---------------------------------------------------------------------------------------------

const launched = new LaunchedWatch({
  users: () => [
    ...[...document.querySelectorAll("li.user")].map((entry) => entry.dataset.user),
    ...[...document.querySelectorAll("pair-link")].map((link) => link.user),
  ],
  launched(user, profiles) {
    for (const entry of document.querySelectorAll(`li.user[data-user="${CSS.escape(user)}"]`)) {
      profiles.forEach((since, profile) => entry.querySelector("pair-list").reveal(profile));
    }
    for (const link of document.querySelectorAll("pair-link")) {
      if (link.user === user) {
        link.launched = profiles.get(link.profile) ?? null;
      }
    }
  },
  round(problem) {
    const links = [...document.querySelectorAll("pair-link.is-launched")];
    const pairs = new Set(links.map((link) => `${link.user}/${link.profile}`));
    $("live").classList.toggle("is-unknown", problem !== null);
    $("live").classList.toggle("is-none", problem === null && pairs.size === 0);
    if (problem !== null) {
      setText($("live"), `Cannot check who is live now. ${problem.title}.`);
      return;
    }
    const many = pairs.size === 0 ? "No stream" : counted(pairs.size, "stream");
    setText($("live"), `${many} on this page ${pairs.size > 1 ? "are" : "is"} live.`);
  },
});

// New items are checked at once, but with one round for several lists that change together.
let checking;
document.addEventListener("shown", () => {
  clearTimeout(checking);
  checking = setTimeout(() => launched.now(), 100);
});

// --- Search -----------------------------------------------------------------------------------------------------

let searches = 0;

$("search").addEventListener("submit", async (event) => {
  event.preventDefault();
  searches += 1;
  const search = searches;
  const start = $("search-id").value.trim().toLowerCase();
  $("search-problem").clear();
  $("found").replaceChildren();
  setText($("search-status"), "Searching…");
  try {
    bindings ??= await Bindings.read();
    const { users, partial } = await usersThatStartWith(start);
    if (search !== searches) {
      return; // a later search shows its own result
    }
    const profiles = [...bindings.profiles].filter(([id]) => id.startsWith(start)).slice(0, MOST_FOUND);
    $("found").replaceChildren(...users.map(userEntry), ...profiles.map(([id, of]) => profileEntry({ id, users: of })));
    const where = partial || bindings.partial ? " among the first thousands" : "";
    const found = users.length + profiles.length;
    setText(
      $("search-status"),
      found === 0
        ? `No user or profile${where} has an id that starts with “${start}”.`
        : `${counted(users.length, "user")} and ${counted(profiles.length, "profile")}${where}.`,
    );
    launched.now();
  } catch (problem) {
    if (search !== searches) {
      return;
    }
    setText($("search-status"), "");
    $("search-problem").show(problem, () => $("search").requestSubmit());
  }
});

async function usersThatStartWith(start) {
  const found = { users: [], partial: false };
  for await (const user of items("/main/users", () => (found.partial = true))) {
    if (user.id.startsWith(start)) {
      found.users.push(user);
    }
    if (found.users.length === MOST_FOUND) {
      break;
    }
  }
  return found;
}

// --- Test data --------------------------------------------------------------------------------------------------

/** The number of test users and profiles, as last read. */
let existing = 0;

function showCounts({ users, profiles }) {
  existing = users + profiles;
  setText($("count-users"), count(users));
  setText($("count-profiles"), count(profiles));
  setText($("delete-what"), `${counted(users, "user")} and ${counted(profiles, "profile")}`);
  setIdle($("delete"), existing === 0);
}

async function readCounts() {
  try {
    showCounts(await call("/main/testdata"));
    $("counts-problem").clear();
  } catch (problem) {
    if (problem.status === 404) {
      $("testdata").hidden = true; // switched off
      return;
    }
    $("counts-problem").show(problem, readCounts);
  }
}

/** Shows the progress of a change by counting the test data until the change is over. */
async function showProgress(change, expected) {
  let over = false;
  change.finally(() => (over = true)).catch(() => {}); // changeTestData shows the failure
  const [bar, text] = $("testdata-progress").children;
  const before = existing;
  bar.max = Math.max(1, Math.abs(expected - before));
  while (!over) {
    bar.value = Math.min(bar.max, Math.abs(existing - before));
    setText(text, `${count(bar.value)} of ${count(bar.max)}`);
    $("testdata-progress").hidden = false;
    await new Promise((resolve) => setTimeout(resolve, PROGRESS_MS));
    await call("/main/testdata").then(showCounts, () => {}); // changeTestData shows the failure
    setIdle($("delete"), true);
  }
  $("testdata-progress").hidden = true;
}

/** Makes one change of the test data at a time. Shows its result and the new counts, even if it failed half-way. */
async function changeTestData(doing, done, expected, options) {
  $("testdata-problem").clear();
  $("testdata").setAttribute("aria-busy", "true");
  setIdle($("create"), true);
  setIdle($("delete"), true);
  setText($("testdata-status"), doing);
  const change = call("/main/testdata", { ...options, timeout: TESTDATA_MS });
  const shown = showProgress(change, expected);
  try {
    const { users, profiles } = await change;
    setText($("testdata-status"), `${done} ${counted(users, "user")} and ${counted(profiles, "profile")}.`);
  } catch (problem) {
    setText($("testdata-status"), "");
    $("testdata-problem").show(problem);
  }
  await shown;
  await readCounts();
  $("testdata").removeAttribute("aria-busy");
  setIdle($("create"), false);
  reload();
}

$("create-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!isIdle($("create"))) {
    const body = { users: $("new-users").valueAsNumber, profiles: $("new-profiles").valueAsNumber };
    changeTestData("Creating…", "Created", existing + body.users + body.profiles, { method: "POST", body });
  }
});

$("delete").addEventListener("click", () => {
  if (!isIdle($("delete"))) {
    $("delete-dialog").returnValue = "";
    $("delete-dialog").showModal();
  }
});

$("delete-dialog").addEventListener("close", () => {
  if ($("delete-dialog").returnValue === "delete") {
    changeTestData("Deleting…", "Deleted", 0, { method: "DELETE" });
  }
});

// --- A user without permission for all this -----------------------------------------------------------------------

function showOwn(user) {
  $("own-streams").append(userEntry({ id: user }));
  $("open").addEventListener("submit", (event) => {
    event.preventDefault();
    location.assign(pairPath(user, $("open-profile").value.trim().toLowerCase()));
  });
  $("own").hidden = false;
  launched.now();
}

const { user, admin } = await caller;
if (admin) {
  readCounts();
  reload();
} else if (user !== null) {
  showOwn(user);
} else {
  $("live").hidden = true;
}
