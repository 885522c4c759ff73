// Who makes the calls of this page, as main knows it.

import { Problem, call } from "./api.js";

/**
 * @typedef {object} Caller
 * @property {"open"|"token"|null} access null if main does not answer
 * @property {string|null} user of the access token
 * @property {boolean} admin
 */

/** @type {Promise<Caller>} one call per page */
export const caller = read();

async function read() {
  try {
    return await call("/main/access");
  } catch (problem) {
    if (!(problem instanceof Problem)) {
      throw problem;
    }
    // Without an answer, the page tries everything, and each part shows its own problem.
    return problem.status === 401
      ? { access: "token", user: null, admin: false }
      : { access: null, user: null, admin: true };
  }
}
