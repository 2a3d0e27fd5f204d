// Hear one recording: play and pause, jump, speed, download.
import { html, useEffect, useRef, useState } from "../lib/ui.js";
import { t, word } from "../lib/i18n.js";
import { clock, day, stopwatch } from "../lib/format.js";
import { nameOf } from "./state.js";
import { Wave } from "./wave.js";

const SPEEDS = ["0.75", "1", "1.25", "1.5", "2"];

export function Player({ one }) {
  const sound = useRef(null);
  const [at, setAt] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [broken, setBroken] = useState(false);
  const [speed, setSpeed] = useState("1");
  const path = `/api/v1/recordings/${one.id}/audio`;
  const toggle = () => (sound.current.paused ? sound.current.play().catch(() => setBroken(true)) : sound.current.pause());
  const seek = (to) => {
    const where = Math.min(Math.max(0, to), one.length_s);
    sound.current.currentTime = where;
    setAt(where);
  };
  useEffect(() => {
    const key = (event) => {
      if (event.key !== " " || event.target.closest("input, select, textarea, button, a")) return;
      event.preventDefault();
      toggle();
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);
  useEffect(() => { sound.current.playbackRate = Number(speed); }, [speed]);
  const what = [one.agent && nameOf("agents", one.agent), one.lead_name || one.external_id, nameOf("campaigns", one.campaign),
    one.disposition && word("disposition", one.disposition)].filter(Boolean).join(" · ");
  return html`<section class="card player" aria-label=${t("rec.player")} data-playing=${playing ? "yes" : "no"}>
    <div class="head"><h2>${day(one.started_at)} ${clock(one.started_at)}</h2><span class="soft">${what}</span></div>
    <audio ref=${sound} src=${path} preload="metadata" onTimeUpdate=${() => setAt(sound.current.currentTime)} onPlay=${() => setPlaying(true)}
      onPause=${() => setPlaying(false)} onEnded=${() => setPlaying(false)} onError=${() => setBroken(true)}></audio>
    ${broken && html`<p class="wrong" role="alert">${t("rec.broken")}</p>`}
    <${Wave} peaks=${one.peaks} at=${at} length_s=${one.length_s} seek=${seek} />
    <div class="controls">
      <button type="button" class="primary play" onClick=${toggle}>${playing ? t("rec.pause") : t("rec.play")}</button>
      <span class="time">${stopwatch(at)} / ${stopwatch(one.length_s)}</span>
      <label class="speed"><span>${t("rec.speed")}</span><select value=${speed} onChange=${(event) => setSpeed(event.target.value)}>
        ${SPEEDS.map((value) => html`<option key=${value} value=${value}>${value}×</option>`)}</select></label>
      <span class="sides"><span data-state="answer"><i></i>${t("rec.person")}</span><span data-state="talking"><i></i>${t("rec.agent")}</span></span>
      <a class="button" href=${`${path}?download=true`} download>${t("rec.download")}</a></div></section>`;
}
