import { bytes, count, counted, duration, excerpt, roughly, shortId, speed, time, took } from "/assets/js/format.js";
import { equal } from "./assert.js";

export default {
  "counts have groups of three, and one is singular"() {
    equal([count(0), count(1_234_567)], ["0", "1,234,567"]);
    equal([counted(0, "user"), counted(1, "user"), counted(2_000, "user")], ["0 users", "1 user", "2,000 users"]);
  },
  "bytes are decimal"() {
    equal([0, 999, 1_000, 25_000, 999_949, 999_950, 2_500_000_000].map(bytes), [
      "0 B", "999 B", "1.00 kB", "25.0 kB", "999.9 kB", "1.00 MB", "2.50 GB",
    ]);
  },
  "speeds are in bits"() {
    equal([0, 250_000, 1_250_000_000].map(speed), ["0 b/s", "2.00 Mb/s", "10.0 Gb/s"]);
  },
  "durations name the two largest units"() {
    equal([-5, 999, 59_999, 60_000, 3_599_000, 3_600_000, 90_000_000].map(duration), [
      "0 s", "0 s", "59 s", "1 min 0 s", "59 min 59 s", "1 h 0 min", "1 d 1 h",
    ]);
  },
  "rough durations name minutes, not seconds"() {
    equal([-1_000, 4_999, 42_000, 60_000, 210_000, 7_500_000].map(roughly), [
      "a moment", "a moment", "42 s", "1 min", "3 min", "2 h 5 min",
    ]);
  },
  "a time of another day has its date"() {
    const noon = new Date(2026, 10, 21, 12, 5, 9);
    equal(time(noon, new Date(2026, 10, 21, 23)), "12:05:09");
    equal(time(noon, new Date(2026, 10, 22, 1)), "Nov 21, 2026, 12:05:09");
  },
  "long texts and ids are cut"() {
    equal([excerpt("abc", 3), excerpt("abcd", 3)], ["abc", "abc…"]);
    equal(shortId("3f2a91c0-0000-4000-8000-000000000000"), "3f2a91c0");
  },
  "the duration of a call is in milliseconds or in seconds"() {
    equal([0, 0.00042, 0.0173, 0.9999, 1.25].map(took), ["0.00 ms", "0.42 ms", "17.3 ms", "999.9 ms", "1.25 s"]);
  },
};
