import { Problem } from "/assets/js/api.js";
import { describe } from "/assets/js/words.js";
import { equal } from "./assert.js";

export default {
  "every state has a word"() {
    const problem = new Problem(503, "Full", "");
    const words = [
      { name: "connecting" },
      { name: "streaming" },
      { name: "refused", problem },
      { name: "unavailable", problem },
      { name: "disconnected", problem },
      { name: "ending" },
      { name: "ended", reason: "drain" },
      { name: "ended", reason: "lost" },
      { name: "ended", reason: "closed" },
      { name: "ended", reason: "unbound" },
      { name: "ended", reason: "expired" },
    ].map((state) => describe(state).word);
    equal(words, [
      "Connecting", "Streaming", "Refused", "Unavailable", "Connection lost", "Ending", "Ended", "Ended", "Ended",
      "Ended", "Ended",
    ]);
  },
  "a silent stream is paused"() {
    equal(describe({ name: "streaming" }, { paused: true }).word, "Paused");
  },
  "a refusal names the holder of the stream, and since when"() {
    const problem = new Problem(409, "Launched elsewhere", "Another client has it.", { since: "2020-01-01T00:00:00Z" });
    const text = (inSibling) => describe({ name: "refused", problem, inSibling }).text;
    equal(text(false).startsWith("Launched elsewhere, since Jan 1, 2020,"), true);
    equal(text(true).startsWith("Another tab of this browser has this stream, since Jan 1, 2020,"), true);
  },
  "any other refusal has the words of the server"() {
    const problem = new Problem(403, "Not bound", "The user is not bound to the profile.");
    equal(describe({ name: "refused", problem }).text, "Not bound. The user is not bound to the profile.");
  },
  "a problem without a detail ends as a sentence"() {
    equal(describe({ name: "unavailable", problem: new Problem(503, "Full", "") }).text, "Full.");
  },
};
