// The access token of this tab: whose calls its pages make. It is kept in the tab's sessionStorage, so no address, cookie
// or other tab has it. With open access there is none.

const KEY = "kubescaler.access-token";

/** Is dispatched on the document, with the problem as its detail, when a call needs another access token. */
export const UNIDENTIFIED = "unidentified";

/** @param {string|null} token null to forget it */
export function setAccessToken(token) {
  if (token === null) {
    sessionStorage.removeItem(KEY);
  } else {
    sessionStorage.setItem(KEY, token);
  }
}

/** @returns {Record<string, string>} the header of calls */
export function authorization() {
  const token = sessionStorage.getItem(KEY);
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}
