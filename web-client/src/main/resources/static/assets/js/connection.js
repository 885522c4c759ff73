// How this page came, which decides how many streams a tab can have.

/** Do all calls of this page share one connection, as over HTTP/2? */
export function sharesConnections() {
  const [navigation] = performance.getEntriesByType("navigation");
  return ["h2", "h3"].includes(navigation.nextHopProtocol);
}

/** Where the server offers this page over HTTP/2 (RFC 7838); null if it does not. */
export async function secureAddress() {
  const { headers } = await fetch(location.pathname, { method: "HEAD", cache: "no-store" });
  const offered = /\bh2=":(\d+)"/.exec(headers.get("Alt-Svc") ?? "");
  return offered === null ? null : `https://${location.hostname}:${offered[1]}${location.pathname}${location.search}`;
}
