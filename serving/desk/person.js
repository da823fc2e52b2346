// One customer, looked up by id.

import { post } from "./server.js";
import { byId, chip, facts, reasons, say } from "./parts.js";
import { serving } from "./run.js";
import { day, money, share, t, words } from "./words.js";

// Heading, field and how it is shown; a field without a value is left out.
const PERSON = [
  ["Risk", "risk_tier", chip],
  ["Chance of leaving", "churn_probability", share],
  ["Value at risk", "value_at_risk", (value) => money(value, serving.run.currency)],
  ["Expected spend in {churn_horizon_days} days", "expected_spend", (value) => money(value, serving.run.currency)],
  ["Next order, if they stay", "expected_next_order", day],
  ["Chance of returning", "return_probability", share],
  ["Chance of speaking for us", "advocate_probability", share],
  ["Refers", "refer_probability", share],
  ["Shares", "share_probability", share],
  ["Leaves a positive review", "review_probability", share],
  ["Rung", "rung", words],
];
const CONTACT = {
  yes: "May be contacted.",
  no: "Must not be contacted.",
  held_out: "Held out of a campaign: do not contact them before it has ended.",
};

// Shows reasons that the run does not hold, unless somebody else is shown by then.
async function explain({ customer_id }) {
  try {
    const found = await post("/v1/scores", { ids: [customer_id], reasons: true });
    if (byId("person-title").textContent === customer_id) byId("person-why").replaceChildren(reasons(found.scores[0]));
  } catch { /* The page says that there are none. */ }
}

function introduce(record) {
  const predicted = record.risk_tier !== null; // else never active: nothing is asked of them
  byId("person-title").textContent = record.customer_id;
  const idle = predicted ? "" : t("Nothing is predicted yet: there is no activity to go by.");
  byId("person-about").textContent = `${t(CONTACT[record.contact])} ${idle}`.trim();
  const shown = PERSON.filter(([, field]) => record[field] !== null);
  facts(byId("facts"), shown.map(([label, field, fill]) => [t(label, record), fill(record[field])]));
  byId("person-why").replaceChildren(...(predicted ? [reasons(record)] : []));
  byId("person").hidden = false;
  byId("person-title").focus();
  if (predicted && record.reasons === null) explain(record);
}

async function find(event) {
  event.preventDefault();
  const who = byId("who").value.trim();
  byId("person").hidden = true;
  try {
    const found = await post("/v1/scores", { ids: [who] });
    const record = found.scores.find((one) => one.known);
    if (record) introduce(record);
    say(record ? "" : t("No customer {who} in this run. Ids must match exactly; people who object to profiling, or were erased, are in no run.", { who }));
  } catch (error) {
    say(error.status === 403 ? t("This token may not see single customers. `ladder token create --scope score,lists` creates one that may.") : error.message, true);
  }
}

export function forget() {
  for (const id of ["facts", "person-why", "person-title"]) byId(id).replaceChildren();
  byId("who").value = "";
  byId("person").hidden = true;
}

byId("find").addEventListener("submit", find);
byId("away").addEventListener("click", () => {
  byId("person").hidden = true;
  byId("who").focus();
});
