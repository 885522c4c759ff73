// The states of a stream, in words for people.

import { time } from "./format.js";

/**
 * @typedef {object} Words
 * @property {string} word the state
 * @property {"good"|"waiting"|"bad"|"over"} tone
 * @property {string} text its meaning, and the next step
 */

/**
 * @param {import("./session.js").State} state
 * @param {{paused?: boolean, ttl?: number|null}} [more] ttl in seconds, when known
 * @returns {Words}
 */
export function describe(state, { paused = false, ttl = null } = {}) {
  const kept = ttl === null ? "for a while" : `for ${ttl} s`;
  switch (state.name) {
    case "connecting":
      return {
        word: "Connecting",
        tone: "waiting",
        text: state.resuming ? "Resuming the session." : "Requesting the stream.",
      };
    case "streaming":
      return paused
        ? {
            word: "Paused",
            tone: "waiting",
            text:
              "Connected, but no messages arrive: the network or the instance is slow. Messages left out meanwhile " +
              "count as lost.",
          }
        : {
            word: "Streaming",
            tone: "good",
            text:
              `The stream belongs to this tab. If you leave or reload the page, it stays yours ${kept}. ` +
              "“End session” frees it at once.",
          };
    case "refused":
      return { word: "Refused", tone: "bad", text: refusal(state) };
    case "unavailable":
      return { word: "Unavailable", tone: "bad", text: reason(state.problem) };
    case "disconnected":
      return {
        word: "Connection lost",
        tone: "waiting",
        text: `${reason(state.problem)} The stream stays yours ${kept}, and this tab will resume it.`,
      };
    case "ending":
      return { word: "Ending", tone: "waiting", text: "Freeing the stream for others." };
    case "ended":
      return { word: "Ended", ...ENDINGS[state.reason] };
    default:
      throw new Error(`Unknown state: ${state.name}`);
  }
}

const ENDINGS = {
  drain: { tone: "waiting", text: "The instance is shutting down. The session continues on another one." },
  lost: {
    tone: "bad",
    text: "The instance could no longer be sure that the stream is yours, and stopped. This tab tries a new session.",
  },
  closed: { tone: "over", text: "The session is over. The stream is free for others." },
  unbound: { tone: "over", text: "The user is no longer bound to this profile, so the session is over." },
  expired: { tone: "waiting", text: "The access token has expired. This tab resumes the session with a new one." },
};

function refusal({ problem, inSibling }) {
  if (problem.since === null) {
    return reason(problem);
  }
  const where = inSibling ? "Another tab of this browser has this stream" : problem.title;
  return `${where}, since ${time(problem.since)}. If that client is gone, the stream is free when the countdown ends.`;
}

function reason({ title, detail }) {
  return [title, detail].filter(Boolean).map(sentence).join(" ");
}

function sentence(text) {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
