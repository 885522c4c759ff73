// Calls to the platform, and what they answer when they fail.

// Longer than any answer takes by design, shorter than people wait.
const ANSWER_MS = 15_000;
// Nobody says when to ask again where nobody answers.
const RETRY_S = 5;

/** An answer that is not the one asked for, in words for people (RFC 9457), or no answer at all. */
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

  /** @param {Response} response one that is not ok */
  static async of(response) {
    const header = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
    const retryAfter = Number.isNaN(header) ? undefined : header;
    // A proxy in between answers with a page of its own; the status is then all there is.
    const body = await response.json().catch(() => ({ detail: "It did not say why." }));
    return new Problem(response.status, body.title ?? `The server answered ${response.status}`, body.detail ?? "", {
      since: body.since,
      retryAfter: body.retryAfter ?? retryAfter,
    });
  }

  /** @param {Error} error what `fetch` was rejected with */
  static unreachable(error) {
    if (error.name === "TimeoutError") {
      return new Problem(
        0,
        "No answer in time",
        "With six or more streams open, it may be this browser's own limit of connections to one host over HTTP/1.1: " +
          "close some tabs.",
        { retryAfter: RETRY_S },
      );
    }
    return new Problem(0, "The platform cannot be reached", "Is it running, and is this computer connected?", {
      retryAfter: RETRY_S,
    });
  }
}

/**
 * @param {string} path
 * @param {{method?: string, body?: object, headers?: Record<string, string>, timeout?: number}} [options] timeout in milliseconds
 * @returns {Promise<any>} the JSON of the answer; null where it has no content
 * @throws {Problem}
 */
export async function call(path, { method = "GET", body, headers = {}, timeout = ANSWER_MS } = {}) {
  try {
    const response = await fetch(path, {
      method,
      headers: {
        Accept: "application/json, application/problem+json",
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

/** One part of a list of main: `{items, next}`. */
export function page(path, limit, token) {
  const query = new URLSearchParams({ limit, ...(token && { page: token }) });
  return call(`${path}?${query}`);
}

/** Where a pair is streamed for people. */
export function pairPath(user, profile) {
  return `/index/${encodeURIComponent(user)}/${encodeURIComponent(profile)}`;
}
