// When shall we call again: a calendar in the time of the person called.
import { html, useState } from "../lib/ui.js";
import { language, t } from "../lib/i18n.js";
import { clock as clockOf, moment } from "../lib/format.js";
import * as clock from "../lib/clock.js";
import { Dialog } from "../lib/dialog.js";
import { desk } from "./socket.js";
import { callbackFor, dispose } from "./outcome.js";
import { close, opened, subject } from "./state.js";
import { daysOn, instantOf, wallClock, written } from "./zone.js";

const DAYS = 14;
const HOURS = [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
const MINUTES = [0, 30];

const dayName = (date) => new Intl.DateTimeFormat(language.value === "zh" ? "zh-CN" : "en-GB", { weekday: "short", day: "numeric", month: "numeric", timeZone: "UTC" })
  .format(new Date(Date.UTC(date.year, date.month - 1, date.day)));
const same = (a, b) => a && b && a.year === b.year && a.month === b.month && a.day === b.day;

export function Callback() {
  const one = callbackFor.value;
  if (opened.value !== "callback" || !one) return null;
  return html`<${Calendar} one=${one} />`;
}

/** The next full half hour of a day on which people take calls. */
function soon(at) {
  if (at.hour < HOURS[0]) return { ...at, hour: 10, minute: 0 };
  if (at.hour > HOURS.at(-1)) return { ...daysOn(at, 1), hour: 10, minute: 0 };
  return { ...at, minute: at.minute < 30 ? 0 : 30 };
}

function Calendar({ one }) {
  const lead = subject.value?.lead ?? {};
  const zone = lead.zone || undefined;
  const here = wallClock(clock.now(), zone);
  const later = soon(wallClock(clock.now() + 3600, zone));
  const [date, setDate] = useState(daysOn(later, 0));
  const [time, setTime] = useState({ hour: later.hour, minute: later.minute });
  const [mine, setMine] = useState(false);
  const [busy, setBusy] = useState(false);
  const picked = { ...date, ...time };
  const at = instantOf(picked, zone);
  const over = at <= clock.now();
  const send = async (event) => {
    event.preventDefault();
    setBusy(true);
    const went = await dispose(one, { callback: written(picked), mine });
    setBusy(false);
    if (went) close();
  };
  const exact = (event) => {
    const [hour, minute] = event.target.value.split(":").map(Number);
    if (Number.isFinite(hour) && Number.isFinite(minute)) setTime({ hour, minute });
  };
  const promised = (day) => (desk.value?.callbacks ?? []).filter((other) => same(wallClock(other.at, zone), day)).length;
  const slot = (hour, minute) => {
    const chosen = time.hour === hour && time.minute === minute;
    const gone = instantOf({ ...date, hour, minute }, zone) <= clock.now();
    return html`<label key=${`${hour}:${minute}`} class=${`slot ${chosen ? "on" : ""} ${gone ? "gone" : ""}`}><input type="radio" name="slot" checked=${chosen} disabled=${gone} onChange=${() => setTime({ hour, minute })} />
      ${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}</label>`;
  };
  return html`<${Dialog} wide title=${one.title} close=${close}>
    <p class="soft">${zone ? t("callback.zone", { zone, now: clockOf(clock.now(), zone) }) : t("callback.no_zone")}</p>
    <form onSubmit=${send}>
      <fieldset class="days"><legend>${t("callback.day")}</legend>${Array.from({ length: DAYS }, (_, i) => daysOn(here, i)).map((day, i) => html`<label key=${i} class=${`slot ${same(day, date) ? "on" : ""}`}>
        <input type="radio" name="day" checked=${same(day, date)} onChange=${() => setDate(day)} />${i === 0 ? t("callback.today") : dayName(day)}
        ${promised(day) > 0 && html`<small>${t("callback.promised", { n: promised(day) })}</small>`}</label>`)}</fieldset>
      <fieldset class="slots"><legend>${t("callback.time")}</legend>${HOURS.flatMap((hour) => MINUTES.map((minute) => slot(hour, minute)))}</fieldset>
      <div class="line"><label class="with-unit">${t("callback.exact")} <input type="time" required value=${`${String(time.hour).padStart(2, "0")}:${String(time.minute).padStart(2, "0")}`} onChange=${exact} /></label>
        <label class="with-unit"><input type="checkbox" checked=${mine} onChange=${(event) => setMine(event.target.checked)} /> ${t("callback.mine")}</label></div>
      <p class=${over ? "bad" : "chosen"}>${over ? t("callback.over") : t("callback.at", { theirs: moment(at, clock.now(), zone), yours: moment(at, clock.now()) })}</p>
      <div class="dialog-foot"><button type="button" onClick=${close}>${t("cancel")}</button><button class="primary" disabled=${over || busy}>${t("callback.go")}</button></div>
    </form><//>`;
}
