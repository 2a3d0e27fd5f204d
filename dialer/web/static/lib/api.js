// The HTTP API. Errors carry the server's stable id and its advice.

export class ApiError extends Error {
  constructor(id, message, status = 0, field = "") {
    super(message);
    Object.assign(this, { id, status, field });
  }
}

const TIMEOUT_MS = 15000;
let csrf = "";

async function call(method, path, body, timeoutMs = TIMEOUT_MS) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && csrf) headers["X-CSRF"] = csrf;
  let answer;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method, headers, credentials: "same-origin", signal: AbortSignal.timeout(timeoutMs),
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError("unreachable", "");
  }
  const text = await answer.text();
  let data = null;
  try { data = text ? JSON.parse(text) : null; } catch { /* an error page of a proxy */ }
  if (answer.ok) return data;
  const error = data?.error ?? {};
  throw new ApiError(error.id ?? `http_${answer.status}`, error.message ?? "", answer.status, error.field ?? "");
}

export const get = (path, timeoutMs) => call("GET", path, undefined, timeoutMs);
export const post = (path, body = {}) => call("POST", path, body);
export const put = (path, body) => call("PUT", path, body);
export const change = (path, body) => call("PATCH", path, body);
export const remove = (path) => call("DELETE", path);

/** Who is signed in; sends a stranger to the log-in page and never returns then. */
export async function me() {
  try {
    const who = await get("/me");
    csrf = who.csrf ?? "";
    return who;
  } catch (error) {
    if (error.status === 401) {
      location.assign(`/login?next=${encodeURIComponent(location.pathname + location.hash)}`);
      return new Promise(() => {});
    }
    throw error;
  }
}

export async function signIn(user, password) {
  const who = await post("/session", { user, password });
  csrf = who?.csrf ?? "";
  return who;
}

export async function signOut() {
  await remove("/session").catch(() => {});
  location.assign("/login");
}
