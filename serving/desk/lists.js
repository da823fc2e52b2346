// The lists: who is at risk, might come back or might speak for us; and drawing one for a campaign.

import { download, get, post } from "./server.js";
import { byId, chip, heading, line, reasons, say } from "./parts.js";
import { judged, serving, standing } from "./run.js";
import { integer, money, share, t, tenths, words } from "./words.js";

let list = "at-risk";
let next = null;
let newest = 0; // the newest question; answers to older ones are dropped
let drawing = {}; // what was asked to be drawn, and the key that makes asking again harmless

const amount = (field) => (record) => money(record[field], serving.run.currency);

const COLUMNS = {
  "at-risk": [
    ["Risk", "", (r) => chip(r.risk_tier)],
    ["Chance of leaving", "number", (r) => share(r.churn_probability)],
    ["Value at risk", "number", amount("value_at_risk")],
    ["Expected spend in {churn_horizon_days} days", "number", amount("expected_spend")],
  ],
  "win-back": [
    ["Chance of returning", "number", (r) => share(r.return_probability)],
  ],
  "advocates": [
    ["Chance of speaking for us", "number", (r) => share(r.advocate_probability)],
    ["Refers", "number", (r) => share(r.refer_probability)],
    ["Shares", "number", (r) => share(r.share_probability)],
    ["Expected spend in {churn_horizon_days} days", "number", amount("expected_spend")],
  ],
};
const LAST = [["Rung", "", (r) => words(r.rung)], ["Reasons", "why", reasons]];

// By list, or by what it is sorted by: a service without orders knows of no money.
const ABOUT = {
  "at-risk": "Active customers and their chance of leaving within {churn_horizon_days} days: the most money at stake first.",
  "churn_probability": "Active customers and their chance of leaving within {churn_horizon_days} days: the most likely first.",
  "win-back": "Customers who lapsed and their chance of returning within {churn_horizon_days} days: the most likely first.",
  "advocates": "Customers and their chance of referring, sharing or praising within {advocacy_horizon_days} days: the most likely first. Ask all customers for reviews alike: platforms forbid asking only the happy ones.",
};
export const TITLES = { "at-risk": "At risk", "win-back": "Win back", "advocates": "Advocates" };
const OUTCOMES = { "at-risk": "churn", "win-back": "return", "advocates": "advocate" };

// Of a list, by what its chances come from.
const TRUST = {
  "prior": "How reliable this is: there was too little data to learn from. Similar customers have the same chance, and their order is random.",
  "nothing": "How reliable this is: in the evaluation, nothing ranked customers better than chance.",
  "rule": "How reliable this is: evaluated as of {day}, it happened {times} times ({low} to {high}) as often in the tenth with the highest chance as in a random tenth. A simple rule gives these chances: no model was better.",
  "model": "How reliable this is: evaluated as of {day}, it happened {times} times ({low} to {high}) as often in the tenth with the highest chance as in a random tenth; with the best simple rule, {rule} times as often.",
};

// What the filters ask for; the risk is of those who may leave.
const filters = () => ({
  ...(list === "at-risk" && byId("tier").value && { risk_tier: [byId("tier").value] }),
  ...(byId("rung").value && { rung: [byId("rung").value] }),
  ...(byId("where").value.trim() && { where: [byId("where").value] }),
});

function address() {
  const query = new URLSearchParams({ limit: "50" });
  for (const [name, [value]] of Object.entries(filters())) query.set(name, value);
  return `/v1/lists/${list}?${query}`;
}

// Puts reasons that the run does not hold into the last part of each line: to find them takes a while.
async function explain(from, items, lines) {
  if (items.every((record) => record.reasons)) return;
  try {
    const found = await get(`${from}&reasons=true`);
    const told = new Map(found.items.map((record) => [record.customer_id, record]));
    for (const [at, { customer_id }] of items.entries()) {
      if (told.has(customer_id)) lines[at].lastElementChild.replaceChildren(reasons(told.get(customer_id)));
    }
  } catch { /* The lines say that there are none. */ }
}

function fill(from, page, fresh) {
  next = page.next;
  const [first] = page.items;
  const columns = [...COLUMNS[list], ...LAST];
  const lines = page.items.map((record) => line(record.customer_id, columns, record, record));
  if (fresh) {
    byId("list-title").textContent = t(TITLES[list]);
    const found = t("{total} found.", { total: integer(page.total) });
    byId("list-about").textContent = `${found} ${first ? t(ABOUT[page.sort] ?? ABOUT[list], first) : ""}`;
    byId("head").replaceChildren(...(first ? [heading("Customer", columns, first)] : []));
    byId("rows").replaceChildren(...lines);
  } else {
    byId("rows").append(...lines);
  }
  explain(from, page.items, lines);
  byId("more").hidden = next === null;
  byId("list-table").hidden = byId("download").hidden = byId("draw").hidden = !page.total;
  const skipped = serving.model?.metrics.skipped ?? [];
  say(page.total ? "" : skipped.some(({ outcomes }) => outcomes.includes(OUTCOMES[list]))
    ? t("The model does not predict this. `ladder check` says why.")
    : page.notes.length ? page.notes.join(" ")
    : Object.keys(filters()).length ? t("No customer matches. Loosen the filters, or choose another list.")
    : t("Nobody is on this list."));
}

// Says of a list by how much its chances were off when they were judged: all, or some groups'.
function caution() {
  const outcome = OUTCOMES[list];
  const { uncalibrated } = serving.run;
  const all = uncalibrated[outcome];
  const some = Object.keys(uncalibrated).filter((whose) => whose.startsWith(`${outcome} (`));
  const points = { points: tenths(100 * (all ?? Math.max(0, ...some.map((whose) => uncalibrated[whose])))) };
  byId("caution").textContent = all
    ? t("Use these chances with care: in the evaluation they were off by {points} percentage points on average.", points)
    : t("Use these chances with care: in the evaluation, those of some groups of customers were off by up to {points} percentage points.", points);
  byId("caution").hidden = !all && !some.length;
}

// Says of a list how well its chances told customers apart, beside the simple rule.
function trust() {
  const { how, figures } = standing(judged(OUTCOMES[list]));
  byId("trust").hidden = how === null;
  if (how !== null) byId("trust").textContent = t(TRUST[how], figures);
}

function describe() {
  caution();
  trust();
  const { attributes } = serving.run;
  byId("attributes").hidden = !attributes.length;
  const known = { first: attributes[0], all: attributes.join(", ") };
  byId("where-help").textContent = t("Such as {first} = …, of {all}", known);
  for (const id of ["budget", "contact_cost", "offer"]) byId(id).placeholder = serving.run.currency ?? "";
  byId("tier").disabled = list !== "at-risk";
}

async function load(from, fresh) {
  const question = ++newest;
  try {
    const page = await get(from);
    if (question === newest) fill(from, page, fresh);
    return true;
  } catch (error) {
    if (question !== newest) return false;
    if (error.status === 410) return load(address(), true); // a new run serves: begin again
    // All other fields offer what the server takes.
    say(error.status === 422 ? byId("where-help").textContent : error.message, true);
    return false;
  }
}

export async function show(name) {
  list = name;
  byId("list-title").textContent = t(TITLES[list]);
  describe();
  return load(address(), true);
}

export function forget() {
  newest++;
  byId("rows").replaceChildren();
  byId("draw-form").reset();
}

async function take() {
  try {
    const file = await download(`${address()}&spreadsheet=true`, `${list}.csv`);
    say(t("{file} holds the whole list. It names people: keep it as you keep their orders. For a campaign, draw a list: it holds some out.", { file }));
  } catch (error) {
    say(error.message, true);
  }
}

// Draws what is asked; asked twice of a server that did not answer, it is drawn once.
async function draw(event) {
  event.preventDefault();
  const asked = { kind: list, ...filters() };
  for (const name of ["top", "budget", "contact_cost", "offer"]) {
    const { valueAsNumber } = event.target.elements[name];
    if (!Number.isNaN(valueAsNumber)) asked[name] = valueAsNumber;
  }
  if ("top" in asked && "budget" in asked) {
    say(t("Limit a list by people or by money, not by both."), true);
    return;
  }
  const what = JSON.stringify(asked);
  if (drawing.what !== what) drawing = { what, key: crypto.getRandomValues(new Uint32Array(4)).join("-") };
  byId("draw-button").disabled = true;
  say(t("Drawing the list …"));
  try {
    const saved = await post("/v1/saved-lists", asked, { "Idempotency-Key": drawing.key });
    drawing = {};
    event.target.reset();
    document.dispatchEvent(new CustomEvent("saved", { detail: saved }));
  } catch (error) {
    const free = error.status === 422 && "budget" in asked && !asked.contact_cost && !asked.offer;
    say(free ? t("A budget needs a cost: enter what a contact or an offer costs.") : error.message, true);
  } finally {
    byId("draw-button").disabled = false;
  }
}

byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("filters").addEventListener("change", () => load(address(), true));
byId("download").addEventListener("click", take);
byId("draw-form").addEventListener("submit", draw);
byId("more").addEventListener("click", () => load(next, false));
