// The marketer's desk. The token lives in this variable and nowhere else: no storage, no cookie,
// no address. Everything from the server is put in as text, never as markup.
"use strict";

const byId = (id) => document.getElementById(id);
let token = "";
let list = "at-risk";
let currency = null;
let next = null;
let newest = 0; // the newest question; answers to older ones are dropped
let uncalibrated = {}; // what the run's model was off by when it was judged, by whom it is of
let judged = {}; // how good the run's model was when it was judged, by outcome
let said = {}; // the reader's language: English to its words
let explains = true; // whether the token may have reasons found that the run does not hold

const percent = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 0 });
const integer = new Intl.NumberFormat();
const tenths = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
const share = (value) => (value === null ? "–" : percent.format(value));
const words = (value) => (value === null ? "–" : t(value.replaceAll("_", " ")));

// A text in the reader's language, with its numbers and names; as it stands where it has no words.
function t(text, values = {}) {
  const filled = (placeholder, name) => values[name] ?? placeholder;
  return (said[text] ?? text).replace(/\{(\w+)\}/g, filled);
}

// The page is written in English; what the browser's language has words for is put in its place.
async function translate() {
  const answer = await fetch("/desk.words", { credentials: "omit" }).catch(() => null);
  if (!answer?.ok) return;
  said = await answer.json();
  document.documentElement.lang = answer.headers.get("content-language");
  document.title = t(document.title);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    const text = node.data.trim().replace(/\s+/g, " ");
    if (text in said) node.data = node.data.replace(/\S[^]*\S|\S/, () => said[text]);
  }
  for (const one of document.querySelectorAll("[aria-label]")) one.ariaLabel = t(one.ariaLabel);
}

function money(value) {
  if (value === null) return "–";
  const how = currency ? { style: "currency", currency } : { maximumFractionDigits: 2 };
  return new Intl.NumberFormat(undefined, how).format(value);
}

// Heading, whether it is a number, and how a record fills it; texts are English, said by `t`.
const NUMBER = true;
const COLUMNS = {
  "at-risk": [
    ["Risk", !NUMBER, (r) => chip(r.risk_tier)],
    ["Chance of leaving", NUMBER, (r) => share(r.churn_probability)],
    ["Value at risk", NUMBER, (r) => money(r.value_at_risk)],
    ["Expected spend in {churn_horizon_days} days", NUMBER, (r) => money(r.expected_spend)],
  ],
  "win-back": [
    ["Chance of returning", NUMBER, (r) => share(r.return_probability)],
  ],
  "advocates": [
    ["Chance of speaking for us", NUMBER, (r) => share(r.advocate_probability)],
    ["Refers", NUMBER, (r) => share(r.refer_probability)],
    ["Shares", NUMBER, (r) => share(r.share_probability)],
    ["Expected spend in {churn_horizon_days} days", NUMBER, (r) => money(r.expected_spend)],
  ],
};
// By list, or by what it is sorted by: a service without orders knows of no money.
const ABOUT = {
  "at-risk": ["At risk", "Active customers and their chance of leaving within {churn_horizon_days} days: the most money at stake first."],
  "churn_probability": ["At risk", "Active customers and their chance of leaving within {churn_horizon_days} days: the most likely first."],
  "win-back": ["Win back", "Customers who lapsed and their chance of returning within {churn_horizon_days} days: the most likely first."],
  "advocates": ["Advocates", "Customers and their chance of referring, sharing or praising within {advocacy_horizon_days} days: the most likely first. Ask all customers for reviews alike: platforms forbid asking only the happy ones."],
};

// Of one customer: heading, field and how it is shown; a field without a value is left out.
const PERSON = [
  ["Risk", "risk_tier", (tier) => chip(tier)],
  ["Chance of leaving", "churn_probability", share],
  ["Value at risk", "value_at_risk", (value) => money(value)],
  ["Expected spend in {churn_horizon_days} days", "expected_spend", (value) => money(value)],
  ["Next order, if they stay", "expected_next_order", (date) => day.format(new Date(date))],
  ["Chance of returning", "return_probability", share],
  ["Chance of speaking for us", "advocate_probability", share],
  ["Refers", "refer_probability", share],
  ["Shares", "share_probability", share],
  ["Praises", "review_probability", share],
  ["Rung", "rung", words],
];
const CONTACT = {
  yes: "May be contacted.",
  no: "Must not be contacted.",
  held_out: "Held out of a campaign: do not contact them before it has ended.",
};

const OUTCOME = { "at-risk": "churn", "win-back": "return", "advocates": "advocate" };

// Of a list, by what its chances come from.
const TRUST = {
  "prior": "How reliable this is: there was too little data to learn from. Similar customers have the same chance, and their order is random.",
  "nothing": "How reliable this is: in the evaluation, nothing ranked customers better than chance.",
  "rule": "How reliable this is: evaluated as of {day}, it happened {times} times ({low} to {high}) as often in the tenth with the highest chance as in a random tenth. A simple rule gives these chances: no model was better.",
  "model": "How reliable this is: evaluated as of {day}, it happened {times} times ({low} to {high}) as often in the tenth with the highest chance as in a random tenth; with the best simple rule, {rule} times as often.",
};

// Where the server's own words, in English, are for whoever writes programs.
const REFUSED = {
  401: "This token is not valid: it is unknown, expired or revoked. `ladder token create` creates another.",
  403: "This token may not see lists. `ladder token create --scope lists` creates one that may.",
  429: "Too many requests. Try again in a minute.",
  503: "The server cannot answer now. Try again in a moment.",
};

function element(name, content, className) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (content instanceof Node) made.append(content);
  else if (content !== undefined) made.textContent = content;
  return made;
}

// On a phone rows are laid out as cards, which would make them no rows to who listens: roles do.
function cell(name, role, content, className, label) {
  const made = element(name, content, className);
  made.setAttribute("role", role);
  if (label) made.dataset.label = label;
  return made;
}

const chip = (tier) => element("span", words(tier), `tier ${tier ?? ""}`);

function reasons(record) {
  if (!record.reasons?.length) return element("span", t("not computed in this run"), "quiet");
  const all = element("ul");
  all.append(...record.reasons.map((reason) => element("li", reason)));
  return all;
}

function row(record) {
  const line = cell("tr", "row");
  const name = cell("th", "rowheader", record.customer_id);
  name.scope = "row";
  line.append(name);
  for (const [label, number, fill] of COLUMNS[list]) {
    line.append(cell("td", "cell", fill(record), number ? "number" : "", t(label, record)));
  }
  line.append(cell("td", "cell", words(record.rung), "", t("Rung")), cell("td", "cell", reasons(record), "why"));
  return line;
}

function heading(first) {
  const line = cell("tr", "row");
  const names = [["Customer"], ...COLUMNS[list], ["Rung"], ["Reasons"]];
  for (const [name, number] of names) {
    const head = cell("th", "columnheader", t(name, first), number ? "number" : "");
    head.scope = "col";
    line.append(head);
  }
  byId("head").replaceChildren(...(first ? [line] : []));
}

async function get(address, accept = "application/json", body = null) {
  const headers = { Authorization: `Bearer ${token}`, Accept: accept };
  const how = { headers, cache: "no-store", credentials: "omit" };
  if (body) {
    Object.assign(headers, { "Content-Type": "application/json" });
    Object.assign(how, { method: "POST", body: JSON.stringify(body) });
  }
  let answer;
  try {
    answer = await fetch(address, how);
  } catch {
    throw new Error(t("The server does not answer. Is `ladder serve` still running?"));
  }
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  const why = t(REFUSED[answer.status] ?? problem.detail ?? answer.statusText);
  throw Object.assign(new Error(why), { status: answer.status });
}

function say(text, wrong = false) {
  const parts = text.split("`"); // every second one is a command
  byId("status").replaceChildren(...parts.map((part, at) => (at % 2 ? element("code", part) : part)));
  byId("status").className = wrong ? "wrong" : "";
}

function address() {
  const query = new URLSearchParams({ limit: "50" });
  if (list === "at-risk" && byId("tier").value) query.set("risk_tier", byId("tier").value);
  if (byId("rung").value) query.set("rung", byId("rung").value);
  if (byId("where").value.trim()) query.set("where", byId("where").value);
  return `/v1/lists/${list}?${query}`;
}

function show(page, fresh) {
  currency = page.currency;
  next = page.next;
  const [title, about] = ABOUT[page.sort] ?? ABOUT[list];
  byId("list-title").textContent = t(title);
  const found = `${t("{total} found.", { total: integer.format(page.total) })} `;
  if (fresh) byId("list-about").textContent = found + (page.items.length ? t(about, page.items[0]) : "");
  if (fresh) heading(page.items[0]);
  const lines = page.items.map(row);
  if (fresh) byId("rows").replaceChildren(...lines);
  else byId("rows").append(...lines);
  // Reasons found now are about leaving or returning: not what advocates are listed for.
  if (list !== "advocates") explain(page.items, lines);
  byId("more").hidden = next === null;
  document.querySelector(".scroll").hidden = byId("download").hidden = !page.total;
  say(page.total ? "" : t("No customer matches. Loosen the filters, or choose another list."));
}

// Puts what reasons the run does not hold into the last part of each line.
async function explain(records, lines) {
  const lacking = new Map();
  for (const [at, record] of records.entries()) {
    if (record.reasons === null) lacking.set(record.customer_id, lines[at]);
  }
  if (!explains || !lacking.size) return;
  try {
    const wanted = { ids: [...lacking.keys()], reasons: true };
    const found = await (await get("/v1/scores", "application/json", wanted)).json();
    for (const record of found.scores) {
      lacking.get(record.customer_id)?.lastElementChild.replaceChildren(reasons(record));
    }
  } catch (error) {
    explains = error.status !== 403; // else the model may be loaded by the next list
  }
}

function introduce(record) {
  const predicted = record.risk_tier !== null; // else never active: nothing is asked of them
  byId("person-title").textContent = record.customer_id;
  const idle = predicted ? "" : t("Nothing is predicted yet: there is no activity to go by.");
  byId("person-about").textContent = `${t(CONTACT[record.contact])} ${idle}`.trim();
  byId("facts").replaceChildren();
  for (const [label, field, fill] of PERSON) {
    if (record[field] === null) continue;
    const fact = element("div", element("dt", t(label, record)));
    fact.append(element("dd", fill(record[field])));
    byId("facts").append(fact);
  }
  byId("person-why").replaceChildren(...(predicted ? [reasons(record)] : []));
  byId("person").hidden = false;
  byId("person-title").focus();
  if (predicted) explain([record], [byId("person")]);
}

async function find(event) {
  event.preventDefault();
  const who = byId("who").value.trim();
  byId("person").hidden = true;
  try {
    const found = await (await get("/v1/scores", "application/json", { ids: [who] })).json();
    const record = found.scores.find((one) => one.known);
    if (record) introduce(record);
    say(record ? "" : t("No customer {who} in this run. Ids must match exactly; people who object to profiling, or were erased, are in no run.", { who }));
  } catch (error) {
    if (error.status === 401) close();
    say(error.status === 403 ? t("This token may not see single customers. `ladder token create --scope score,lists` creates one that may.") : error.message, true);
  }
}

function putAway() {
  byId("person").hidden = true;
  byId("who").focus();
}

// Says of a list by how much its chances were off when they were judged: all, or some groups'.
function caution() {
  const outcome = OUTCOME[list];
  const all = uncalibrated[outcome];
  const some = Object.keys(uncalibrated).filter((whose) => whose.startsWith(`${outcome} (`));
  const points = { points: tenths.format(100 * (all ?? Math.max(0, ...some.map((whose) => uncalibrated[whose])))) };
  byId("caution").textContent = all
    ? t("Use these chances with care: in the evaluation they were off by {points} percentage points on average.", points)
    : t("Use these chances with care: in the evaluation, those of some groups of customers were off by up to {points} percentage points.", points);
  byId("caution").hidden = !all && !some.length;
}

// Says of a list how well its chances told customers apart, beside the simple rule.
function trust() {
  const found = judged[OUTCOME[list]];
  const sides = found?.model ? [found.model, ...Object.values(found.baselines ?? {})] : [];
  const [model, rule] = [found?.model?.lift_10, found?.baselines?.[found.best]?.lift_10];
  const served = found?.basis === "rule" ? rule : model;
  const idle = sides.every((side) => side.auroc?.low != null && side.auroc.low <= 0.5);
  const known = served?.low != null && rule?.value != null;
  const how = found?.basis === "prior" ? "prior" : !known ? null : idle ? "nothing" : found.basis;
  byId("trust").hidden = how === null;
  if (how === null) return;
  const times = known ? { times: served.value, low: served.low, high: served.high, rule: rule.value } : {};
  const figures = Object.fromEntries(Object.entries(times).map(([name, value]) => [name, tenths.format(value)]));
  if (known) figures.day = day.format(new Date(found.newest));
  byId("trust").textContent = t(TRUST[how], figures);
}

async function load(from, fresh) {
  const question = ++newest;
  try {
    const page = await (await get(from)).json();
    if (question === newest) show(page, fresh);
    return true;
  } catch (error) {
    if (question !== newest) return false;
    if (error.status === 401) close();
    if (error.status === 410) return load(address(), true); // a new run serves: begin again
    // All other fields offer what the server takes.
    say(error.status === 422 ? byId("where-help").textContent : error.message, true);
    return false;
  }
}

async function open(event) {
  event.preventDefault();
  token = byId("token").value.trim();
  explains = true;
  await translated;
  if (!(await load(address(), true))) return;
  byId("token").value = "";
  byId("door").hidden = true;
  byId("desk").hidden = byId("leave").hidden = false;
  byId("list-title").focus();
  const run = (await (await get("/v1/runs")).json()).runs.find((one) => one.serving);
  uncalibrated = run.uncalibrated;
  judged = (await (await get("/v1/models")).json()).models.find((one) => one.serving).metrics.outcomes ?? {};
  caution();
  trust();
  byId("attributes").hidden = !run.attributes.length;
  const known = { first: run.attributes[0], all: run.attributes.join(", ") };
  byId("where-help").textContent = t("Such as {first} = …, of {all}", known);
  const what = t("{customers} customers as of", { customers: integer.format(run.customers) });
  byId("run").replaceChildren(`${run.shop ? `${run.shop}: ` : ""}${what} `, element("span", day.format(new Date(run.as_of)), "day"));
}

function close() {
  token = "";
  byId("rows").replaceChildren();
  byId("facts").replaceChildren();
  byId("person-why").replaceChildren();
  byId("person-title").textContent = byId("who").value = "";
  byId("person").hidden = true;
  byId("run").textContent = "";
  byId("desk").hidden = byId("leave").hidden = true;
  byId("door").hidden = false;
  byId("token").focus();
}

async function download() {
  try {
    const answer = await get(`${address()}&spreadsheet=true`, "text/csv");
    const link = element("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = `${list}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
    say(t("{file} holds the whole list. It names people: keep it as you keep their orders.", { file: link.download }));
  } catch (error) {
    say(error.message, true);
  }
}

function choose(event) {
  list = event.currentTarget.dataset.list;
  for (const button of document.querySelectorAll("[data-list]")) {
    button.setAttribute("aria-pressed", String(button.dataset.list === list));
  }
  byId("tier").disabled = list !== "at-risk";
  caution();
  trust();
  load(address(), true);
}

const translated = translate();
byId("show-token").addEventListener("submit", open);
byId("leave").addEventListener("click", () => { close(); say(t("Token forgotten.")); });
byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("filters").addEventListener("change", () => load(address(), true));
byId("find").addEventListener("submit", find);
byId("away").addEventListener("click", putAway);
byId("download").addEventListener("click", download);
byId("more").addEventListener("click", () => load(next, false));
for (const button of document.querySelectorAll("[data-list]")) button.addEventListener("click", choose);
byId("token").focus();
