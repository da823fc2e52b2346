// What is asked of the server. The token lives in this variable and nowhere else: no storage, no
// cookie, no address.

import { t } from "./words.js";

let token = "";

// Where the server's own words, in English, are for whoever writes programs.
const REFUSED = {
  401: "This token is not valid: it is unknown, expired or revoked. `ladder token create` creates another.",
  403: "This token may not see lists. `ladder token create --scope lists` creates one that may.",
  413: "This file is too large for the desk: `ladder outcome` takes it.",
  429: "Too many requests. Try again in a minute.",
  503: "The server cannot answer now. Try again in a moment.",
};

export function use(text) {
  token = text;
}

// The desk may lie below a path of the proxy's: what the API calls /v1/... is beside the page.
export async function ask(address, { accept = "application/json", headers = {}, ...how } = {}) {
  const named = { Authorization: `Bearer ${token}`, Accept: accept, ...headers };
  let answer;
  try {
    answer = await fetch(`.${address}`, { ...how, headers: named, cache: "no-store", credentials: "omit" });
  } catch {
    throw new Error(t("The server does not answer. Is `ladder serve` still running?"));
  }
  if (answer.ok) return answer;
  if (answer.status === 401) document.dispatchEvent(new Event("refused"));
  const problem = await answer.json().catch(() => ({}));
  const why = t(REFUSED[answer.status] ?? problem.detail ?? answer.statusText);
  throw Object.assign(new Error(why), { status: answer.status });
}

export const get = async (address) => (await ask(address)).json();

export async function post(address, body, headers = {}) {
  const sent = { "Content-Type": "application/json", ...headers };
  return (await ask(address, { method: "POST", headers: sent, body: JSON.stringify(body) })).json();
}

// Has the browser keep an answer as a file; returns the file's name.
export async function download(address, name) {
  const answer = await ask(address, { accept: "text/csv" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
  return name;
}
