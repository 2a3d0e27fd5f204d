// Who are you?
import { html, render, useState } from "./lib/ui.js";
import { speak, t } from "./lib/i18n.js";
import { signIn } from "./lib/api.js";
import { inWords } from "./lib/notice.js";
import { LanguageButton } from "./lib/chrome.js";

/** Where to go: only a path of this site, else the page of the role. */
function next(who) {
  const wanted = new URLSearchParams(location.search).get("next") ?? "";
  const there = /^\/(?![/\\])/.test(wanted) ? new URL(wanted, location.origin) : null;
  const home = who?.role === "agent" ? "/agent" : "/";
  if (!there || there.origin !== location.origin || (who?.role === "agent" && there.pathname !== "/agent")) return home;
  return there.href;
}

function Login() {
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);
  const go = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    setBusy(true);
    setWrong("");
    try {
      location.assign(next(await signIn(form.user.value.trim(), form.password.value)));
    } catch (error) {
      setWrong(inWords(error));
      setBusy(false);
      form.password.select();
    }
  };
  return html`<main class="center"><div><div class="card"><h1>${t("login.title")}</h1><p class="soft">${t("login.text")}</p>
    <form onSubmit=${go}>
      ${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}
      <label class="field"><span>${t("login.user")}</span><input name="user" autocomplete="username" autocapitalize="none" required /></label>
      <label class="field"><span>${t("login.password")}</span><input name="password" type="password" autocomplete="current-password" required /></label>
      <button class="primary" disabled=${busy}>${t("login.go")}</button>
    </form></div><footer><${LanguageButton} /></footer></div></main>`;
}

await speak();
document.title = `Cadence · ${t("login.go")}`;
render(html`<${Login} />`, document.getElementById("page"));
document.querySelector("input")?.focus();
