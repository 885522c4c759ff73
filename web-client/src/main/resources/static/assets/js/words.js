// What a stream is doing, in words for people.

import { time } from "./format.js";

/**
 * @typedef {object} Words
 * @property {string} word the state
 * @property {"good"|"waiting"|"bad"|"over"} tone
 * @property {string} text what it means, and what will happen
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
        text: state.resuming ? "Taking the session up again." : "Asking for the stream and its lock.",
      };
    case "streaming":
      return paused
        ? {
            word: "Paused",
            tone: "waiting",
            text: "Connected, but nothing arrives: the network or the instance is slow. What is left out meanwhile counts as lost.",
          }
        : {
            word: "Streaming",
            tone: "good",
            text: `This tab holds the lock of the pair. Leaving the page keeps it ${kept}, for a reload; “End session” frees it at once.`,
          };
    case "refused":
      return { word: "Refused", tone: "bad", text: refusal(state) };
    case "unavailable":
      return { word: "Unavailable", tone: "bad", text: reason(state.problem) };
    case "disconnected":
      return {
        word: "Connection lost",
        tone: "waiting",
        text: `${reason(state.problem)} The lock is kept ${kept}, and this tab takes its session up again.`,
      };
    case "ending":
      return { word: "Ending", tone: "waiting", text: "Freeing the lock." };
    case "ended":
      return { word: "Ended", ...ENDINGS[state.reason] };
    default:
      throw new Error(`Unknown state: ${state.name}`);
  }
}

const ENDINGS = {
  drain: { tone: "waiting", text: "The instance is shutting down. The session goes on at another one." },
  lost: {
    tone: "bad",
    text: "The instance could no longer be sure of the lock, and stopped. A new session will be tried.",
  },
  closed: { tone: "over", text: "The session is over and the lock is free." },
};

function refusal({ problem, inSibling }) {
  if (problem.since === null) {
    return reason(problem);
  }
  const where = inSibling ? "Another tab of this browser has the stream" : problem.title;
  return `${where}, since ${time(problem.since)}. If it has left, the pair is free when the countdown ends.`;
}

function reason({ title, detail }) {
  return [title, detail].filter(Boolean).map(sentence).join(" ");
}

function sentence(text) {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
