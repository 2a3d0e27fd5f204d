// Keys for programs: told once, narrowed to scopes, and over some day.
import { html, useState } from "../lib/ui.js";
import { t } from "../lib/i18n.js";
import { day } from "../lib/format.js";
import { post, remove } from "../lib/api.js";
import { Dialog, confirm } from "../lib/dialog.js";
import { attempt, inWords } from "../lib/notice.js";
import { Table, useRows } from "./list.js";

const AREAS = ["board", "campaigns", "agents", "leads", "calls", "recordings", "listening", "dnc", "reports", "users", "system", "privacy"];
const SCOPES = AREAS.flatMap((area) => [`${area}:read`, `${area}:write`]);
const ROLES = ["agent", "supervisor", "admin"];
const date = (at) => (at ? day(at) : "–");

export function Tokens() {
  const [rows, load] = useRows("/tokens");
  const [making, setMaking] = useState(false);
  const revoke = async (row) => {
    const sure = await confirm({ title: t("token.revoke.title", { name: row.name }), text: t("token.revoke.text"), yes: t("token.revoke"), danger: true });
    if (sure && await attempt(() => remove(`/tokens/${encodeURIComponent(row.id)}`), t("done.revoke", { name: row.name }))) load();
  };
  const line = (row) => html`<tr key=${row.id}><td><b>${row.name}</b></td><td>${t(`role.${row.role}`)}</td><td><code>${row.scopes.join(" ")}</code></td>
    <td>${date(row.expires_at)}</td><td>${date(row.used_at)}</td>
    <td><span class="row">${row.revoked_at ? html`<span class="bad">${t("token.revoked")}</span>` : html`<button type="button" onClick=${() => revoke(row)}>${t("token.revoke")}<span class="hidden"> ${row.name}</span></button>`}</span></td></tr>`;
  return html`<${Table} title=${t("admin.tokens")} heads=${["token.name", "user.role", "token.scopes", "token.expires", "token.used", ""]} rows=${rows} line=${line}>
      <button type="button" class="primary" onClick=${() => setMaking(true)}>${t("token.add")}</button><//>
    ${making && html`<${Form} close=${() => { setMaking(false); load(); }} />`}`;
}

function Form({ close }) {
  const [wrong, setWrong] = useState("");
  const [secret, setSecret] = useState("");
  const make = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const scopes = [...form.querySelectorAll("input[name=scope]:checked")].map((box) => box.value);
    if (!scopes.length) return setWrong(t("token.no_scope"));
    try {
      const made = await post("/tokens", { name: form.label.value.trim(), role: form.role.value, days: Number(form.days.value), scopes });
      return setSecret(made.token);
    } catch (error) {
      return setWrong(inWords(error));
    }
  };
  if (secret) return html`<${Dialog} wide title=${t("token.made")} close=${close}><p>${t("token.once")}</p><code class="secret">${secret}</code>
    <div class="dialog-foot"><button type="button" class="primary" onClick=${close}>${t("token.copied")}</button></div><//>`;
  return html`<${Dialog} wide title=${t("token.add")} close=${close}><form onSubmit=${make}>
    ${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}
    <label class="field"><span>${t("token.name")}</span><input name="label" required maxlength="100" autocomplete="off" /><small>${t("token.name.why")}</small></label>
    <label class="field"><span>${t("user.role")}</span><select name="role">${ROLES.map((role) => html`<option key=${role} value=${role} selected=${role === "supervisor"}>${t(`role.${role}`)}</option>`)}</select></label>
    <fieldset class="checks"><legend>${t("token.scopes")}</legend>${SCOPES.map((scope) => html`<label key=${scope}><input type="checkbox" name="scope" value=${scope} /><code>${scope}</code></label>`)}</fieldset>
    <label class="field"><span>${t("token.days")}</span><input name="days" type="number" min="1" max="730" value="90" required /></label>
    <div class="dialog-foot"><button type="button" onClick=${close}>${t("cancel")}</button><button class="primary">${t("token.make")}</button></div></form><//>`;
}
