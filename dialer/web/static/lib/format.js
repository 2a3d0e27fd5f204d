// Figures as people read them: tabular, short, in the reader's language.
import { language, t } from "./i18n.js";

const locale = () => (language.value === "zh" ? "zh-CN" : "en-GB");
const made = new Map();
function formatter(kind, options) {
  const key = `${kind.name}${locale()}${JSON.stringify(options)}`;
  if (!made.has(key)) made.set(key, new kind(locale(), options));
  return made.get(key);
}

export const known = (value) => value !== null && value !== undefined && Number.isFinite(Number(value));

/** A number with so many decimals, or a dash when it is not known. */
export const number = (value, decimals = 0) => known(value)
  ? formatter(Intl.NumberFormat, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value)
  : "–";

/** A share of one as percent, without the sign. */
export const percent = (share, decimals = 1) => number(known(share) ? share * 100 : null, decimals);

/** A span as a stopwatch shows it: 0:07, 12:30, 1:02:03. */
export function stopwatch(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  return hours
    ? `${hours}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`
    : `${Math.floor(whole / 60)}:${two(whole % 60)}`;
}

/** A span in words: 40 s, 12 min, 3 h. */
export function span(seconds) {
  if (seconds < 90) return t("span.s", { n: Math.max(0, Math.round(seconds)) });
  if (seconds < 5400) return t("span.min", { n: Math.round(seconds / 60) });
  if (seconds < 129600) return t("span.h", { n: Math.round(seconds / 3600) });
  return t("span.d", { n: Math.round(seconds / 86400) });
}

const zoned = (zone) => (zone ? { timeZone: zone } : {});
const date = (at) => new Date(at * 1000);

export const clock = (at, zone) =>
  formatter(Intl.DateTimeFormat, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...zoned(zone) }).format(date(at));

export const clockWithSeconds = (at) =>
  formatter(Intl.DateTimeFormat, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(date(at));

/** A day, with its year where it is not this one. */
export function day(at, zone) {
  const year = date(at).getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" };
  return formatter(Intl.DateTimeFormat, { weekday: "short", day: "numeric", month: "short", ...year, ...zoned(zone) }).format(date(at));
}

/** The calendar day of an instant in a zone as 2026-11-22: for comparing, not for reading. */
export const isoDay = (at, zone) =>
  new Intl.DateTimeFormat("sv-SE", { year: "numeric", month: "2-digit", day: "2-digit", ...zoned(zone) }).format(date(at));

/** An instant near now: the clock today, the word tomorrow, else the day as well. */
export function moment(at, now, zone) {
  const that = isoDay(at, zone);
  if (that === isoDay(now, zone)) return clock(at, zone);
  if (that === isoDay(now + 86400, zone)) return t("moment.tomorrow", { time: clock(at, zone) });
  if (that === isoDay(now - 86400, zone)) return t("moment.yesterday", { time: clock(at, zone) });
  return `${day(at, zone)} ${clock(at, zone)}`;
}
