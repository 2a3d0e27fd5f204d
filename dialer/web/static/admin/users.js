// Who may sign in: name, role, and whose desk is theirs.
import { html, useState } from "../lib/ui.js";
import { t } from "../lib/i18n.js";
import { change, post } from "../lib/api.js";
import { Dialog, confirm } from "../lib/dialog.js";
import { attempt, inWords } from "../lib/notice.js";
import { Table, useRows } from "./list.js";

const ROLES = ["agent", "supervisor", "admin"];

export function Users({ who }) {
  const [rows, load] = useRows("/users");
  const [edited, setEdited] = useState(null);
  const toggle = async (row) => {
    const sure = row.disabled || await confirm({ title: t("user.disable.title", { user: row.user }), text: t("user.disable.text"), yes: t("user.disable"), danger: true });
    if (sure && await attempt(() => change(`/users/${encodeURIComponent(row.user)}`, { disabled: !row.disabled }), t("done.user", { user: row.user }))) load();
  };
  const line = (row) => html`<tr key=${row.user}><td><b>${row.user}</b></td><td>${t(`role.${row.role}`)}</td><td>${row.agent_id || "–"}</td>
    <td>${row.disabled ? html`<span class="bad">${t("user.disabled")}</span>` : t("user.active")}</td>
    <td><span class="row"><button type="button" onClick=${() => setEdited(row)}>${t("admin.change")}<span class="hidden"> ${row.user}</span></button>
      <button type="button" disabled=${row.user === who.user} onClick=${() => toggle(row)}>${row.disabled ? t("user.enable") : t("user.disable")}<span class="hidden"> ${row.user}</span></button></span></td></tr>`;
  return html`<${Table} title=${t("admin.users")} heads=${["user.name", "user.role", "user.agent", "user.state", ""]} rows=${rows} line=${line}>
      <button type="button" class="primary" onClick=${() => setEdited({})}>${t("user.add")}</button><//>
    ${edited && html`<${Form} row=${edited} close=${() => setEdited(null)} done=${() => { setEdited(null); load(); }} />`}`;
}

function Form({ row, close, done }) {
  const fresh = !row.user;
  const [wrong, setWrong] = useState("");
  const save = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const [role, password, agent_id, phone] = [form.role.value, form.password.value, form.agent.value.trim(), form.phone.value.trim()];
    try {
      if (fresh) await post("/users", { user: form.user.value.trim(), password, role, ...(agent_id ? { agent_id } : {}), ...(phone ? { phone } : {}) });
      else {
        const wish = { ...(role !== row.role ? { role } : {}), ...(password ? { password } : {}), ...(agent_id !== (row.agent_id ?? "") ? { agent_id } : {}), ...(phone !== (row.phone ?? "") ? { phone } : {}) };
        if (Object.keys(wish).length) await change(`/users/${encodeURIComponent(row.user)}`, wish);
      }
      done();
    } catch (error) {
      setWrong(inWords(error));
    }
  };
  return html`<${Dialog} title=${fresh ? t("user.add") : row.user} close=${close}><form onSubmit=${save}>
    ${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}
    ${fresh && html`<label class="field"><span>${t("user.name")}</span><input name="user" required autocapitalize="none" autocomplete="off" /></label>`}
    <label class="field"><span>${t("user.role")}</span><select name="role">${ROLES.map((role) => html`<option key=${role} value=${role} selected=${role === (row.role ?? "agent")}>${t(`role.${role}`)}</option>`)}</select></label>
    <label class="field"><span>${t("user.agent")}</span><input name="agent" value=${row.agent_id ?? ""} autocomplete="off" /><small>${t("user.agent.why")}</small></label>
    <label class="field"><span>${t("user.phone")}</span><input name="phone" value=${row.phone ?? ""} maxlength="200" autocomplete="off" /><small>${t("user.phone.why")}</small></label>
    <label class="field"><span>${fresh ? t("login.password") : t("user.password.new")}</span><input name="password" type="password" minlength="12" required=${fresh} autocomplete="new-password" /><small>${fresh ? t("setup.password.why") : t("user.password.keep")}</small></label>
    <div class="dialog-foot"><button type="button" onClick=${close}>${t("cancel")}</button><button class="primary">${t("admin.save")}</button></div></form><//>`;
}
