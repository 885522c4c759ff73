import { CounterRate, Meter, SpeedWindow } from "/assets/js/rates.js";
import { equal, near } from "./assert.js";

const SERVER = 1_000_000; // the server's clock minus ours

/** 25 kB ten times a second, arriving `delay(i)` after they were made. */
function steady(window, messages, delay = () => 5) {
  for (let i = 0; i < messages; i += 1) {
    window.add(SERVER + i * 100, 25_000, i * 100 + delay(i));
  }
  return messages * 100;
}

export default {
  "there is no speed before the first second of messages"() {
    const window = new SpeedWindow();
    equal(window.speed(0), null);
    equal(window.speed(steady(window, 5)), null);
  },
  "a steady stream has its speed, from the start and at any moment"() {
    for (const messages of [12, 50, 51, 52, 500, 5_000]) {
      const window = new SpeedWindow();
      steady(window, messages);
      const last = (messages - 1) * 100 + 5;
      for (let now = last; now < last + 100; now += 7) {
        near(window.speed(now), 250_000, 0.01);
      }
    }
  },
  "two messages in one sampling interval do not double the speed"() {
    const window = new SpeedWindow();
    const now = steady(window, 100);
    const before = window.speed(now);
    window.add(SERVER + 10_000, 25_000, 10_050);
    window.add(SERVER + 10_100, 25_000, 10_050);
    near(window.speed(10_051), before, 0.01);
  },
  "messages that were held up and arrive at once are not a faster stream"() {
    const window = new SpeedWindow();
    steady(window, 100, (i) => (i < 80 ? 5 : (99 - i) * 100 + 5));
    near(window.speed(9_905), 250_000, 0.01);
  },
  "silence lowers the speed to nothing"() {
    const window = new SpeedWindow();
    const now = steady(window, 100);
    near(window.speed(now + 3_400), 125_000, 15_000);
    equal(window.speed(now + 20_000), 0);
  },
  "a message after a long silence counts only for its part of the window"() {
    const window = new SpeedWindow();
    steady(window, 100);
    window.add(SERVER + 19_900, 25_000, 19_905);
    near(window.speed(19_905), 25_000 / 10, 0.01);
  },
  "many small messages are measured over less time, not with more memory"() {
    const window = new SpeedWindow();
    for (let i = 0; i < 10_000; i += 1) {
      window.add(SERVER + i * 3, 100, i * 3);
    }
    near(window.speed(30_000), 100_000 / 3, 0.01);
  },
  "a clock that steps back does no harm"() {
    const window = new SpeedWindow();
    steady(window, 100);
    window.add(SERVER + 9_000, 25_000, 10_005);
    near(window.speed(10_005), 255_000, 0.01);
  },
  "the average is over all the time, interruptions included"() {
    const meter = new Meter();
    equal(meter.averageSpeed(0), null);
    meter.session(1_000);
    equal(meter.averageSpeed(1_500), null);
    meter.message(0, SERVER, 50_000, 1_100);
    near(meter.averageSpeed(11_000), 5_000, 0.01);
    meter.session(21_000);
    near(meter.averageSpeed(21_000), 2_500, 0.01);
  },
  "a jump in the sequence is what was lost"() {
    const meter = new Meter();
    meter.session(0);
    for (const sequence of [7, 8, 11, 12, 20]) {
      meter.message(sequence, SERVER, 1, 0);
    }
    equal([meter.messages, meter.lost], [5, 9]);
  },
  "a new session starts its sequence anew and has lost nothing"() {
    const meter = new Meter();
    meter.session(0);
    meter.message(5, SERVER, 1, 0);
    meter.session(10);
    meter.message(900, SERVER - 500_000, 1, 10);
    equal(meter.lost, 0);
    equal(meter.messages, 2);
  },
  "another instance's clock does not mix with the first one's"() {
    const meter = new Meter();
    meter.session(0);
    for (let i = 0; i < 30; i += 1) {
      meter.message(i, SERVER + i * 100, 25_000, i * 100);
    }
    meter.session(3_000);
    equal(meter.speedNow(3_000), null);
    for (let i = 0; i < 30; i += 1) {
      meter.message(i, i * 100, 25_000, 3_000 + i * 100);
    }
    near(meter.speedNow(5_900), 250_000, 0.01);
  },
  "a stream is paused if its silence is longer than its rhythm explains"() {
    const meter = new Meter();
    meter.session(0);
    for (let i = 1; i <= 10; i += 1) {
      meter.message(i, SERVER + i * 2_000, 1, i * 2_000);
    }
    equal([meter.isPaused(29_000), meter.isPaused(31_000)], [false, true]);
    const quick = new Meter();
    quick.session(0);
    quick.message(0, SERVER, 1, 100);
    equal([quick.isPaused(3_000), quick.isPaused(3_200)], [false, true]);
  },
  "a counter has a rate from its second reading on, by the server's times"() {
    const rate = new CounterRate();
    rate.add(SERVER, 1_000);
    equal(rate.perSecond, null);
    rate.add(SERVER + 4_000, 9_000);
    equal(rate.perSecond, 2_000);
  },
  "the same reading twice changes nothing"() {
    const rate = new CounterRate();
    rate.add(SERVER, 0);
    rate.add(SERVER + 1_000, 500);
    rate.add(SERVER + 1_000, 500);
    equal(rate.perSecond, 500);
  },
  "the rate of a counter covers the last ten seconds"() {
    const rate = new CounterRate();
    for (let second = 0; second <= 60; second += 2) {
      rate.add(SERVER + second * 1_000, second <= 50 ? second * 100 : 5_000);
    }
    equal(rate.perSecond, 0);
  },
  "readings that are far apart still have a rate"() {
    const rate = new CounterRate();
    rate.add(SERVER, 0);
    rate.add(SERVER + 30_000, 3_000);
    rate.add(SERVER + 60_000, 9_000);
    equal(rate.perSecond, 200);
  },
  "a counter that restarts has no negative rate"() {
    const rate = new CounterRate();
    rate.add(SERVER, 1_000_000);
    rate.add(SERVER + 1_000, 100);
    equal(rate.perSecond, null);
    rate.add(SERVER + 2_000, 300);
    equal(rate.perSecond, 200);
  },
};
