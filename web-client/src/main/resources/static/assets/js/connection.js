// The HTTP version of this page, which limits the streams per tab.

import { ANSWER_MS, RETRY_S } from "./api.js";

/** Do all calls of this page share one connection, as over HTTP/2? */
export function sharesConnections() {
  const [navigation] = performance.getEntriesByType("navigation");
  return ["h2", "h3"].includes(navigation.nextHopProtocol);
}

/**
 * The address of this page over HTTP/2, if the server offers one (RFC 7838); null otherwise. Asks until the server
 * answers.
 */
export async function secureAddress() {
  let headers;
  while ((headers = await headersOfThisPage()) === null) {
    await new Promise((resolve) => setTimeout(resolve, RETRY_S * 1_000));
  }
  const offered = /\bh2=":(\d+)"/.exec(headers.get("Alt-Svc") ?? "");
  return offered === null ? null : `https://${location.hostname}:${offered[1]}${location.pathname}${location.search}`;
}

/** Null without an answer, or with that of a proxy whose server does not answer. */
async function headersOfThisPage() {
  try {
    const answer = await fetch(location.pathname, {
      method: "HEAD",
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return answer.ok ? answer.headers : null;
  } catch {
    return null;
  }
}
