// Streams with the npm package "eventsource", ends the session, and prints what the package does then.
import { EventSource } from "eventsource";

const stream = process.argv[2];
const source = new EventSource(stream);
source.addEventListener("session", async ({ lastEventId }) => {
  console.log("session");
  const { status } = await fetch(stream, { method: "DELETE", headers: { "Last-Event-ID": lastEventId } });
  console.log(`ended: ${status}`);
});
source.addEventListener("error", () => {
  if (source.readyState === EventSource.CLOSED) {
    console.log("closed");
    process.exit();
  }
});
