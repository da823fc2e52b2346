// The marketer's desk: its door, and which of its pages is shown.

import { byId, say } from "./parts.js";
import * as lists from "./lists.js";
import * as model from "./model.js";
import * as person from "./person.js";
import { refresh } from "./run.js";
import * as saved from "./saved.js";
import { use } from "./server.js";
import { t, translated } from "./words.js";

// By their names in the address: the section, its heading and what fills it.
const PAGES = { saved: ["saved", saved.show], model: ["model", model.show] };
for (const list of Object.keys(lists.TITLES)) PAGES[list] = ["list", () => lists.show(list)];

const named = () => (location.hash.slice(1) in PAGES ? location.hash.slice(1) : "at-risk");

let newest = 0; // the page asked for last; answers to earlier ones are dropped

// Shows a page; false where the server gave no answer for it.
async function show(name, detail) {
  const question = ++newest;
  const [section, fill] = PAGES[name];
  for (const button of document.querySelectorAll("[data-page]")) {
    button.ariaCurrent = button.dataset.page === name ? "page" : null;
  }
  for (const page of document.querySelectorAll("[data-section]")) {
    page.hidden = page.dataset.section !== section;
  }
  try {
    await refresh(); // a new run may serve since the last page
  } catch (error) {
    say(error.message, true);
    return false;
  }
  return question === newest && fill(detail);
}

// Shows a page as a step that the browser's own button takes back.
function choose(name, detail) {
  if (name !== named()) history.pushState(null, "", `#${name}`);
  return show(name, detail);
}

async function open(event) {
  event.preventDefault();
  use(byId("token").value.trim());
  await translated;
  if (!(await show(named()))) return;
  byId("token").value = "";
  byId("door").hidden = true;
  byId("desk").hidden = byId("leave").hidden = false;
  document.querySelector("[data-section]:not([hidden]) h1").focus();
}

function close() {
  use("");
  for (const page of [lists, person, saved]) page.forget();
  byId("run").textContent = "";
  byId("desk").hidden = byId("leave").hidden = true;
  byId("door").hidden = false;
  byId("token").focus();
}

byId("show-token").addEventListener("submit", open);
byId("leave").addEventListener("click", () => { close(); say(t("Token forgotten.")); });
document.addEventListener("refused", close);
document.addEventListener("saved", ({ detail }) => choose("saved", detail.list_id));
addEventListener("popstate", () => { if (!byId("desk").hidden) show(named()); });
for (const button of document.querySelectorAll("[data-page]")) {
  button.addEventListener("click", () => choose(button.dataset.page));
}
byId("token").focus();
