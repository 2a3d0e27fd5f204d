// Days and hours of another zone, without a library: what the browser knows of zones is enough.

/** The zone's wall clock at an instant (epoch seconds), as numbers. */
export function wallClock(at, zone) {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone || undefined, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  }).formatToParts(new Date(at * 1000));
  return Object.fromEntries(parts.filter((part) => part.type !== "literal").map((part) => [part.type, Number(part.value)]));
}

/** The instant at which the zone's clock shows this; in an hour that a change of clocks skips, just after it. */
export function instantOf({ year, month, day, hour, minute }, zone) {
  const wished = Date.UTC(year, month - 1, day, hour, minute) / 1000;
  let at = wished;
  for (let i = 0; i < 3; i += 1) {
    const seen = wallClock(at, zone);
    const off = wished - Date.UTC(seen.year, seen.month - 1, seen.day, seen.hour, seen.minute) / 1000;
    if (!off) break;
    at += off;
  }
  return at;
}

const two = (value) => String(value).padStart(2, "0");

/** 2026-11-23 10:30, as the server reads a time in the zone of the person called. */
export const written = ({ year, month, day, hour, minute }) => `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}`;

/** The same day so many days on. */
export function daysOn({ year, month, day }, n) {
  const moved = new Date(Date.UTC(year, month - 1, day + n));
  return { year: moved.getUTCFullYear(), month: moved.getUTCMonth() + 1, day: moved.getUTCDate() };
}
