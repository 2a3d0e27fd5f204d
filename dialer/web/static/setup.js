// The first administrator, by a link that works once.
import { html, render, useState } from "./lib/ui.js";
import { speak, t } from "./lib/i18n.js";
import { post, signIn } from "./lib/api.js";
import { inWords } from "./lib/notice.js";
import { LanguageButton } from "./lib/chrome.js";

const token = new URLSearchParams(location.search).get("token") || location.hash.replace(/^#(token=)?/, "");
history.replaceState(null, "", location.pathname);

function Setup() {
  const [wrong, setWrong] = useState(token ? "" : t("setup.no_token"));
  const [busy, setBusy] = useState(false);
  const go = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const [user, password] = [form.user.value.trim(), form.password.value];
    if (password !== form.again.value) return setWrong(t("setup.differ"));
    setBusy(true);
    try {
      await post("/setup", { token, user, password });
      await signIn(user, password);
      return location.assign("/");
    } catch (error) {
      setBusy(false);
      return setWrong(inWords(error));
    }
  };
  return html`<main class="center"><div><div class="card"><h1>${t("setup.title")}</h1><p class="soft">${t("setup.text")}</p>
    <form onSubmit=${go}>
      ${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}
      <label class="field"><span>${t("login.user")}</span><input name="user" autocomplete="username" autocapitalize="none" required /></label>
      <label class="field"><span>${t("login.password")}</span><input name="password" type="password" autocomplete="new-password" minlength="12" required /><small>${t("setup.password.why")}</small></label>
      <label class="field"><span>${t("setup.again")}</span><input name="again" type="password" autocomplete="new-password" required /></label>
      <button class="primary" disabled=${busy || !token}>${t("setup.go")}</button>
    </form></div><footer><${LanguageButton} /></footer></div></main>`;
}

await speak();
document.title = `Cadence · ${t("setup.title")}`;
render(html`<${Setup} />`, document.getElementById("page"));
