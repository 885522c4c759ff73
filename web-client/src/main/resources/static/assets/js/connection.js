// The HTTP version of this page, which limits the streams per tab.

/** Do all calls of this page share one connection, as over HTTP/2? */
export function sharesConnections() {
  const [navigation] = performance.getEntriesByType("navigation");
  return ["h2", "h3"].includes(navigation.nextHopProtocol);
}

/** The address of this page over HTTP/2, if the server offers one (RFC 7838); null otherwise. */
export async function secureAddress() {
  const { headers } = await fetch(location.pathname, { method: "HEAD", cache: "no-store" });
  const offered = /\bh2=":(\d+)"/.exec(headers.get("Alt-Svc") ?? "");
  return offered === null ? null : `https://${location.hostname}:${offered[1]}${location.pathname}${location.search}`;
}
