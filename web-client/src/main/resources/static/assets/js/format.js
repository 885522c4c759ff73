// Numbers, times and ids as people read them. Units are decimal: 1 MB = 1,000,000 bytes, 1 Mb = 1,000,000 bits.

const LOCALE = "en";
const integer = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const clockTime = new Intl.DateTimeFormat(LOCALE, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const dateTime = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB"];
const SPEED_UNITS = ["b/s", "kb/s", "Mb/s", "Gb/s"];

function scaled(value, units) {
  let amount = value;
  let unit = 0;
  // 999.95 would become 1000.0.
  while (amount >= 999.95 && unit < units.length - 1) {
    amount /= 1_000;
    unit += 1;
  }
  const digits = unit === 0 ? 0 : amount < 10 ? 2 : 1;
  return `${amount.toFixed(digits)} ${units[unit]}`;
}

export function count(value) {
  return integer.format(value);
}

/** `1 user`, `2 users`. */
export function counted(value, noun) {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

export function bytes(value) {
  return scaled(value, BYTE_UNITS);
}

/** @param {number} bytesPerSecond */
export function speed(bytesPerSecond) {
  return scaled(bytesPerSecond * 8, SPEED_UNITS);
}

/** `42 s`, `3 min 7 s`, `2 h 5 min`, `4 d 3 h`; whole seconds, rounded down, never negative. */
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  if (seconds < 60) {
    return `${seconds} s`;
  }
  if (seconds < 3_600) {
    return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  }
  if (seconds < 86_400) {
    return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  }
  return `${count(Math.floor(seconds / 86_400))} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
}

/** `a moment`, `42 s`, `3 min`, `2 h 5 min`: for values that are updated rarely. */
export function roughly(milliseconds) {
  if (milliseconds < 5_000) {
    return "a moment";
  }
  const coarse = milliseconds < 60_000 ? milliseconds : milliseconds - (milliseconds % 60_000);
  return duration(coarse).replace(" 0 s", "");
}

/** `0.42 ms`, `17.3 ms`, `1.25 s`: the duration of a call. */
export function took(seconds) {
  const milliseconds = seconds * 1_000;
  const digits = milliseconds < 10 ? 2 : 1;
  return milliseconds < 999.95 ? `${milliseconds.toFixed(digits)} ms` : `${seconds.toFixed(2)} s`;
}

/** The time of day, with the date unless it is today. */
export function time(date, today = new Date()) {
  const sameDay = date.toDateString() === today.toDateString();
  return (sameDay ? clockTime : dateTime).format(date);
}

/** The start of an id, enough to distinguish it at a glance. */
export function shortId(id) {
  return id.length > 8 ? id.slice(0, 8) : id;
}

/** The start of a text, with an ellipsis if the rest is left out. */
export function excerpt(text, length) {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
