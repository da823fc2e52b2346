// The run that serves, the model behind it, and how far its chances can be relied on.

import { get } from "./server.js";
import { byId, element } from "./parts.js";
import { day, integer, t, tenths } from "./words.js";

export const serving = { run: null, model: null };

export async function refresh() {
  const [{ runs }, { models }] = await Promise.all([get("/v1/runs"), get("/v1/models")]);
  serving.run = runs.find((one) => one.serving);
  serving.model = models.find((one) => one.serving);
  const { shop, customers, as_of: asOf } = serving.run;
  const what = t("{customers} customers as of", { customers: integer(customers) });
  const whose = shop ? [element("bdi", shop), ": "] : [];
  byId("run").replaceChildren(...whose, `${what} `, element("span", day(asOf), "day"));
}

export const judged = (outcome) => serving.model?.metrics.outcomes?.[outcome];

// How an outcome's chances were found to be: by a prior, nothing, a rule or the model; null if unknown.
export function standing(found) {
  const sides = found?.model ? [found.model, ...Object.values(found.baselines ?? {})] : [];
  const rule = found?.baselines?.[found.best]?.lift_10;
  const served = found?.basis === "rule" ? rule : found?.model?.lift_10;
  if (found?.basis === "prior") return { how: "prior" };
  if (served?.low == null || rule?.value == null) return { how: null };
  const idle = sides.every((side) => side.auroc?.low != null && side.auroc.low <= 0.5);
  const times = { times: served.value, low: served.low, high: served.high, rule: rule.value };
  const figures = Object.fromEntries(Object.entries(times).map(([name, value]) => [name, tenths(value)]));
  return { how: idle ? "nothing" : found.basis, figures: { ...figures, day: day(found.newest) } };
}
