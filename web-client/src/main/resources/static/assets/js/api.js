// Calls to the platform, and the problems they fail with.

import { UNIDENTIFIED, authorization } from "./access.js";

// Longer than any answer takes by design, shorter than people are ready to wait.
export const ANSWER_MS = 15_000;
// Without an answer there is no Retry-After.
export const RETRY_S = 5;

/** An error in words for people: an answer as in RFC 9457, or no answer at all. */
export class Problem extends Error {
  /**
   * @param {number} status the HTTP status; 0 without an answer
   * @param {string} title
   * @param {string} detail
   * @param {{since?: string, retryAfter?: number}} [more] retryAfter in seconds
   */
  constructor(status, title, detail, more = {}) {
    super(detail ? `${title}: ${detail}` : title);
    this.name = "Problem";
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.since = more.since ? new Date(more.since) : null;
    this.retryAfter = more.retryAfter ?? null;
  }

  /** @param {Response} response with an error status */
  static async of(response) {
    const header = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
    const retryAfter = Number.isNaN(header) ? undefined : header;
    // A proxy in between may return a page of its own; then only the status is of use.
    const body = await response.json().catch(() => ({ detail: "It gave no reason." }));
    const title = body.title ?? `The server returned ${response.status}`;
    const problem = new Problem(response.status, title, body.detail ?? "", {
      since: body.since,
      retryAfter: body.retryAfter ?? retryAfter,
    });
    if (response.status === 401) {
      document.dispatchEvent(new CustomEvent(UNIDENTIFIED, { detail: problem }));
    }
    return problem;
  }

  /** @param {Error} error the rejection of `fetch` */
  static unreachable(error) {
    if (error.name === "TimeoutError") {
      return new Problem(
        0,
        "No answer in time",
        "If six or more streams are open, this browser has no connection left for more (a limit of HTTP/1.1). " +
          "Close some tabs.",
        { retryAfter: RETRY_S },
      );
    }
    return new Problem(
      0,
      "The platform cannot be reached",
      "Check that it is running and that this computer is online.",
      { retryAfter: RETRY_S },
    );
  }
}

/**
 * @param {string} path
 * @param {{method?: string, body?: object, headers?: Record<string, string>, timeout?: number}} [options] timeout in
 *     milliseconds
 * @returns {Promise<any>} the JSON of the answer; null if it has no content
 * @throws {Problem}
 */
export async function call(path, { method = "GET", body, headers = {}, timeout = ANSWER_MS } = {}) {
  try {
    const response = await fetch(path, {
      method,
      headers: {
        Accept: "application/json, application/problem+json",
        ...authorization(),
        ...(body && { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body && JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(timeout),
    });
    if (!response.ok) {
      throw await Problem.of(response);
    }
    return response.status === 204 ? null : await response.json();
  } catch (error) {
    throw error instanceof Problem ? error : Problem.unreachable(error);
  }
}

/** One page of a list from main: `{items, next}`. */
export function page(path, limit, token) {
  const query = new URLSearchParams({ limit, ...(token && { page: token }) });
  return call(`${path}?${query}`);
}

/** The address of the page that streams a pair. */
export function pairPath(user, profile) {
  return `/index/${encodeURIComponent(user)}/${encodeURIComponent(profile)}`;
}
