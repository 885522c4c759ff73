// The bindings of users and profiles, both ways, as far as a bounded number of calls can read them.

import { page } from "./api.js";

const PAGE = 1_000; // the most that main returns at once
const MOST_PAGES = 5;

export class Bindings {
  /** @type {Map<string, string[]>} the users of a profile */
  profiles = new Map();
  /** @type {Map<string, string[]>} the profiles of a user */
  users = new Map();
  /** Are there more profiles than these? */
  partial = false;

  /** @throws {import("./api.js").Problem} */
  static async read() {
    const bindings = new Bindings();
    for await (const { id, users } of items("/main/profiles", () => (bindings.partial = true))) {
      bindings.profiles.set(id, users);
      for (const user of users) {
        const known = bindings.users.get(user);
        if (known === undefined) {
          bindings.users.set(user, [id]);
        } else {
          known.push(id);
        }
      }
    }
    return bindings;
  }
}

/** All items of a list from main, up to some thousands; calls `truncated` if there are more. */
export async function* items(path, truncated) {
  let token = null;
  for (let i = 0; i < MOST_PAGES; i += 1) {
    const answer = await page(path, PAGE, token);
    yield* answer.items;
    token = answer.next;
    if (token === null) {
      return;
    }
  }
  truncated();
}
