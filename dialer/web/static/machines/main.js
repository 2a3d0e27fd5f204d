// Answering machines checked by ear: hear a clip, say what it is, take the next one. By keyboard alone.
import { html, render, useEffect, useRef, useState } from "../lib/ui.js";
import { speak, t } from "../lib/i18n.js";
import { me } from "../lib/api.js";
import { Menu } from "../lib/chrome.js";
import { listen } from "../lib/keys.js";
import { percent, stopwatch } from "../lib/format.js";
import { Notices, inWords } from "../lib/notice.js";
import { back, before, clip, failed, figures, load, next, say, who } from "./state.js";

const WORDS = [["person", "1"], ["machine", "2"], ["unclear", "3"]];

function Clip({ one }) {
  const sound = useRef(null);
  const [at, setAt] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [broken, setBroken] = useState(false);
  const [busy, setBusy] = useState(false);
  const play = () => sound.current?.play()?.catch(() => {}); // a browser may want a key pressed first
  const toggle = () => { if (!sound.current) return; if (sound.current.paused) play(); else sound.current.pause(); };
  const word = async (said) => {
    if (busy) return;
    setBusy(true);
    await say(said);
    setBusy(false);
  };
  useEffect(() => { play(); }, []);
  useEffect(() => listen(() => ({
    ...Object.fromEntries(WORDS.map(([said, key]) => [key, () => word(said)])),
    " ": toggle, backspace: back, Backspace: back,
  })), [busy]);
  return html`<section class="card clip" aria-label=${t("machines.clip")} data-playing=${playing ? "yes" : "no"}>
    <h2>${t("machines.ask")}</h2><p class="soft">${t("machines.blind")}</p>
    <audio ref=${sound} src=${`/api/v1/recordings/${one.id}/audio`} preload="auto" onTimeUpdate=${(event) => setAt(event.currentTarget.currentTime)}
      onPlay=${() => setPlaying(true)} onPause=${() => setPlaying(false)} onEnded=${() => setPlaying(false)} onError=${() => setBroken(true)}></audio>
    ${broken && html`<p class="wrong" role="alert">${t("rec.broken")}</p>`}
    <progress aria-label=${t("rec.at", { at: stopwatch(at), of: stopwatch(one.length_s) })} max=${one.length_s} value=${Math.min(at, one.length_s)}></progress>
    <button type="button" class="play" onClick=${toggle}>${playing ? t("rec.pause") : t("rec.play")}<kbd>${t("machines.space")}</kbd></button>
    <div class="words">${WORDS.map(([said, key]) => html`<button key=${said} type="button" class=${one.said === said ? "primary" : ""} onClick=${() => word(said)}>
      ${t(`machines.said.${said}`)}<kbd>${key}</kbd></button>`)}</div>
    ${before.value && html`<p class="again"><button type="button" class="link" onClick=${back}>${t("machines.back", { said: t(`machines.said.${before.value.said}`) })}</button></p>`}
  </section>`;
}

function Figures() {
  const rows = (figures.value ?? []).filter((one) => one.amd || one.reviewed || one.waiting);
  if (!figures.value) return null;
  if (!rows.length) return html`<div class="card"><p class="empty">${t("machines.off")}</p></div>`;
  return html`<div class="card"><h2>${t("machines.figures")}</h2><div class="scroll" tabindex="0" role="region" aria-label=${t("machines.figures")}><table>
    <thead><tr>${["campaign", "share", "bound", "source", "reviewed", "waiting"].map((name) => html`<th key=${name} scope="col">${t(`machines.column.${name}`)}</th>`)}</tr></thead>
    <tbody>${rows.map((one) => html`<tr key=${one.campaign}><td>${one.name}</td><td class="time">${percent(one.share)} %</td><td class="time">${percent(one.bound)} %</td>
      <td>${t(`machines.source.${one.source}`)}</td><td>${t("machines.of_least", { n: one.reviewed, least: one.least, people: one.person + one.unclear })}</td>
      <td class="time">${one.waiting}</td></tr>`)}</tbody></table></div><p class="soft">${t("machines.note")}</p></div>`;
}

function Page() {
  const one = clip.value;
  return html`<div class="admin machines" data-link=${figures.value ? "live" : "loading"}><header><h1>Cadence</h1><b>${t("page.machines")}</b><${Menu} who=${who.value} /></header>
    <main>${failed.value && html`<p class="wrong" role="alert">${inWords(failed.value)}</p>`}
      ${one ? html`<${Clip} key=${one.id} one=${one} />` : one === false && html`<div class="card"><p class="empty">${t("machines.none")}</p>
        ${before.value && html`<p class="more"><button type="button" onClick=${back}>${t("machines.back", { said: t(`machines.said.${before.value.said}`) })}</button></p>`}</div>`}
      <${Figures} /></main><${Notices} /></div>`;
}

await speak();
document.title = `Cadence · ${t("page.machines")}`;
render(html`<${Page} />`, document.getElementById("page"));
try {
  who.value = await me();
  await Promise.all([load(), next()]);
} catch (error) {
  failed.value = error;
}
