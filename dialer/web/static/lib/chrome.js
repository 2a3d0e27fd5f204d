// What every page has at its edge: language, colours, who is signed in.
import { html, useEffect, useRef, useState } from "./ui.js";
import { LANGUAGES, choose, language, t } from "./i18n.js";
import { theme, turn } from "./theme.js";
import { signOut } from "./api.js";

/** The reader's menu: pages, language, colours, sign out. */
export function Menu({ who, children }) {
  const [open, setOpen] = useState(false);
  const box = useRef(null);
  useEffect(() => {
    if (!open) return undefined;
    const away = (event) => { if (!box.current?.contains(event.target)) setOpen(false); };
    const escape = (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      setOpen(false);
      box.current?.querySelector("button")?.focus();
    };
    addEventListener("pointerdown", away);
    addEventListener("keydown", escape, true);
    return () => { removeEventListener("pointerdown", away); removeEventListener("keydown", escape, true); };
  }, [open]);
  return html`<div class="menu" ref=${box}>
    <button type="button" class="menu-button" aria-expanded=${open ? "true" : "false"} aria-controls="menu" onClick=${() => setOpen(!open)}>
      ${who?.user || t("menu")}</button>
    ${open && html`<div class="menu-list" id="menu">
      ${who && who.role !== "agent" && html`<a href="/">${t("page.board")}</a>`}
      ${who && who.role !== "agent" && html`<a href="/reports">${t("page.reports")}</a>`}
      ${who && who.role !== "agent" && html`<a href="/recordings">${t("page.recordings")}</a>`}
      ${who && who.role !== "agent" && html`<a href="/machines">${t("page.machines")}</a>`}
      ${who?.agent_id && html`<a href="/agent">${t("page.desk")}</a>`}
      ${who?.role === "admin" && html`<a href="/admin">${t("page.admin")}</a>`}
      ${children}
      <${LanguageButton} />
      <button type="button" onClick=${turn}>${theme.value === "dark" ? t("theme.light") : t("theme.dark")}</button>
      ${who && html`<button type="button" onClick=${signOut}>${t("sign_out")}</button>`}
    </div>`}
  </div>`;
}

export function LanguageButton() {
  const other = language.value === "en" ? "zh" : "en";
  return html`<button type="button" lang=${other === "zh" ? "zh-CN" : "en"} onClick=${() => choose(other)}>${LANGUAGES[other]}</button>`;
}
