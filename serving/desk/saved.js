// What was done before: saved lists, their files again, and what each campaign changed.

import { ask, download, get } from "./server.js";
import { bullets, byId, element, facts, heading, line, say } from "./parts.js";
import { TITLES } from "./lists.js";
import { serving } from "./run.js";
import { day, integer, minute, money, points, share, t, words } from "./words.js";

let next = null;
let newest = 0; // the newest question; answers to older ones are dropped
let open = null; // the list that is shown in full

const title = (saved) => `${t(TITLES[saved.kind])}, ${minute(saved.saved_at)}`;

// What was asked for: how many or how much, and of whom. Filters that only programs use stay as they are.
function asked({ asked: { kind, top, budget, contact_cost, offer, where = [], ...filters }, currency }) {
  const limit = top ? t("{people} people", { people: integer(top) })
    : budget ? t("a budget of {budget}", { budget: money(budget, currency) })
    : t("no limit");
  const names = { risk_tier: t("Risk"), rung: t("Rung") };
  const whom = Object.entries(filters).map(([name, values]) =>
    `${names[name] ?? name}: ${[values].flat().map((value) => words(String(value))).join(", ")}`);
  return [limit, ...whom, ...where].join("; ");
}

function heldOut({ held_out: people, ends_on: end }) {
  if (!people) return t("nobody");
  const over = end <= serving.run.as_of;
  const said = { people: integer(people), day: day(end) };
  return over ? t("{people}, free since {day}", said) : t("{people} until {day}", said);
}

const between = ({ difference, low, high }, form) => ({ difference: form(difference), low: form(low), high: form(high) });

const changed = ({ effect }) =>
  effect.difference === null ? t("no results yet") : t("{difference} points ({low} to {high})", between(effect, points));

const COLUMNS = [
  ["Asked for", "", asked],
  ["To contact", "number", (saved) => integer(saved.contacted)],
  ["Held out", "", heldOut],
  ["Expected profit", "number", (saved) => money(saved.expected_profit?.[0] ?? null, saved.currency)],
  ["Responded more often than the hold-out", "", changed],
];

function profit({ expected_profit: [mean, low, high] = [], currency }) {
  const said = { mean: money(mean, currency), low: money(low, currency), high: money(high, currency) };
  return t("{mean} ({low} to {high})", said);
}

function name(saved) {
  const made = element("button", title(saved), "plain");
  made.type = "button";
  made.addEventListener("click", () => introduce(saved));
  return made;
}

// What a campaign changed, in sentences.
function sentences({ effect, spend }, { currency, held_out: people }) {
  if (!people) return [t("Nobody on this list is held out, so that no effect can be told.")];
  if (effect.difference === null) {
    return [t("No effect can be told before there are results of both: those contacted and those held out.")];
  }
  const arms = { contacted: integer(effect.contacted), held_out: integer(effect.held_out) };
  const shares = { ...arms, of_contacted: share(effect.contacted_share), of_held_out: share(effect.held_out_share) };
  const chance = effect.low <= 0 && effect.high >= 0;
  const said = [
    t("Responded: {of_contacted} of {contacted} contacted, {of_held_out} of {held_out} held out.", shares),
    chance
      ? t("The difference of {difference} percentage points (95% interval {low} to {high}) may be chance.", between(effect, points))
      : t("The difference of {difference} percentage points (95% interval {low} to {high}) is more than chance explains.", between(effect, points)),
  ];
  if (!spend) return said;
  const form = (amount) => money(amount, currency);
  const means = { contacted: form(spend.contacted), held_out: form(spend.held_out), ...between(spend, form) };
  said.push(t("Spent on average: {contacted} by each contacted, {held_out} by each held out; a difference of {difference} (95% interval {low} to {high}).", means));
  if (spend.cost !== null) said.push(t("Contacting cost {cost} each.", { cost: form(spend.cost) }));
  return said;
}

async function introduce(saved) {
  open = saved;
  byId("campaign-title").textContent = title(saved);
  facts(byId("campaign-facts"), [
    [t("Asked for"), asked(saved)],
    [t("To contact"), integer(saved.contacted)],
    [t("Held out"), heldOut(saved)],
    [t("Expected profit"), saved.expected_profit && profit(saved)],
    [t("Expected cost"), saved.expected_cost ? money(saved.expected_cost, saved.currency) : null],
    [t("Scores as of"), day(saved.as_of)],
    [t("Name"), saved.list_id],
  ]);
  byId("campaign-notes").replaceChildren(bullets(saved.notes));
  byId("campaign-effect").replaceChildren();
  byId("campaign").hidden = false;
  byId("campaign-title").focus();
  try {
    measure(await get(`/v1/saved-lists/${saved.list_id}/outcome`));
  } catch (error) {
    say(error.message, true);
  }
}

function measure(found) {
  if (found.list_id !== open?.list_id) return; // another list was opened meanwhile
  byId("campaign-effect").replaceChildren(...sentences(found, open).map((said) => element("p", said)));
}

async function load(from, fresh) {
  const question = ++newest;
  const page = await get(from);
  if (question !== newest) return [];
  next = page.next;
  const lines = page.lists.map((saved) => line(name(saved), COLUMNS, saved));
  if (fresh) byId("saved-rows").replaceChildren(...lines);
  else byId("saved-rows").append(...lines);
  byId("saved-head").replaceChildren(...(page.lists.length || !fresh ? [heading("List", COLUMNS)] : []));
  byId("saved-table").hidden = fresh && !page.lists.length;
  byId("saved-none").hidden = !fresh || page.lists.length > 0;
  byId("saved-more").hidden = next === null;
  return page.lists;
}

// Shows the lists, or one of them in full.
export async function show(listId) {
  byId("campaign").hidden = true;
  try {
    const lists = await load("/v1/saved-lists", true);
    say("");
    const one = lists.find((saved) => saved.list_id === listId);
    if (one) await introduce(one);
    return true;
  } catch (error) {
    say(error.message, true);
    return false;
  }
}

export function forget() {
  newest++;
  open = null;
  for (const id of ["saved-rows", "campaign-facts", "campaign-notes", "campaign-effect"]) byId(id).replaceChildren();
  byId("campaign").hidden = true;
}

async function take() {
  try {
    const address = `/v1/saved-lists/${open.list_id}/members?spreadsheet=true`;
    const file = await download(address, `${open.list_id}.csv`);
    say(t("{file} names whom to contact, and nobody who is held out. Keep it as you keep their orders.", { file }));
  } catch (error) {
    say(error.message, true);
  }
}

async function tell() {
  const [file] = byId("results-file").files;
  if (!file) return;
  const headers = { "Content-Type": "text/csv" };
  const address = `/v1/saved-lists/${open.list_id}/outcome`;
  try {
    const found = await (await ask(address, { method: "POST", headers, body: file })).json();
    measure(found);
    const counts = { taken: integer(found.taken), others: integer(found.not_on_the_list) };
    say(t("Took {taken} results; not on the list: {others}.", counts));
    await load("/v1/saved-lists", true);
  } catch (error) {
    say(error.message, true);
  } finally {
    byId("results-file").value = ""; // so that the same file, mended, can be chosen again
  }
}

byId("campaign-away").addEventListener("click", () => {
  byId("campaign").hidden = true;
  byId("saved-title").focus();
});
byId("members").addEventListener("click", take);
byId("results").addEventListener("click", () => byId("results-file").click());
byId("results-file").addEventListener("change", tell);
byId("saved-more").addEventListener("click", () => load(next, false).catch((error) => say(error.message, true)));
