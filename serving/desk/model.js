// The model behind the numbers: how far each chance can be relied on.

import { byId, heading, line, say } from "./parts.js";
import { serving, standing } from "./run.js";
import { day, integer, share, t, tenths } from "./words.js";

const NAMES = {
  churn: "Leaves",
  return: "Returns",
  refer: "Refers",
  share: "Shares",
  review: "Leaves a positive review",
  advocate: "Speaks for us",
};
const VERDICTS = {
  prior: "Too little data to learn from: similar customers have the same chance, and their order is random.",
  nothing: "Nothing ranked customers better than chance: do not choose by this.",
  rule: "A simple rule gives these chances: no model was better.",
  better: "Ranks customers better than the best simple rule.",
  unsure: "Ranks customers about as well as the best simple rule.",
  worse: "Ranks customers worse than the best simple rule; its chances are the better ones.",
  unknown: "Could not be evaluated: in the evaluation it happened to all or nobody.",
};

// How far off the money was: of all who were asked, or, of a model that was not judged so, of those who stayed.
const MONEY = {
  everybody: "The sum of everyone's expected spend was off by {off}.",
  stayed: "The sum that was expected of those who stayed was off by {off}.",
};

function verdict(found) {
  const { how } = standing(found);
  if (how === null) return t(VERDICTS.unknown);
  if (how !== "model") return t(VERDICTS[how]);
  const gain = found.gains[found.best].auroc;
  return t(VERDICTS[gain.low > 0 ? "better" : gain.high < 0 ? "worse" : "unsure"]);
}

const sides = (found) => [found.basis === "rule" ? found.baselines[found.best] : found.model, found.baselines[found.best]];

function pairs(found) {
  if (!standing(found).figures) return "–";
  const [{ auroc }, rule] = sides(found);
  const said = { value: share(auroc.value), low: share(auroc.low), high: share(auroc.high), rule: share(rule.auroc.value) };
  return t("{value} ({low} to {high}); the rule {rule}", said);
}

function times(found) {
  const { figures } = standing(found);
  return figures ? t("{times} times ({low} to {high}); the rule {rule}", figures) : "–";
}

function off(found) {
  const error = standing(found).figures && sides(found)[0].ece?.value;
  return error == null ? "–" : t("{points} points", { points: tenths(100 * error) });
}

const COLUMNS = [
  ["Verdict", "why", verdict],
  ["Happened to", "number", (found) => share(found.test_rate ?? null)],
  ["Of two customers, picks the right one", "number", pairs],
  ["In the tenth with the highest chance, as often as in a random tenth", "number", times],
  ["Chances off by", "number", off],
];

const within = ([name, found]) =>
  t("{what} within {days} days", { what: t(NAMES[name]), days: integer(found.horizon_days) });

// The model, when it was judged, what it does not tell: a sentence each, for what is known.
function sentences({ until, spend, skipped = [] }, judged) {
  const newest = judged.map(([, found]) => found.newest).sort().at(-1);
  const stayed = spend?.basis === "rule" ? spend.baselines?.[spend.best] : spend?.model;
  const error = (spend?.expected?.served ?? stayed)?.total_error?.value;
  const lacking = skipped.flatMap((one) => one.outcomes).filter((name) => name in NAMES);
  const said = {
    version: serving.model.model_version,
    until: until && day(until),
    as_of: day(serving.run.as_of),
    day: newest && day(newest),
    off: error != null && share(Math.abs(error)),
    names: lacking.map((name) => t(NAMES[name])).join(", "),
  };
  return [
    until && t("Model {version} learnt from what happened before {until}; it gives the chances as of {as_of}.", said),
    newest && t("It was evaluated as of {day}, on a time that it had not learnt from.", said),
    error != null && t(MONEY[spend.expected ? "everybody" : "stayed"], said),
    lacking.length && t("Not predicted: {names}. `ladder check` says why.", said).replaceAll("`", ""),
  ].filter(Boolean);
}

export function show() {
  const { metrics } = serving.model;
  const judged = Object.keys(NAMES).map((name) => [name, metrics.outcomes?.[name]]).filter(([, found]) => found);
  byId("model-about").textContent = sentences(metrics, judged).join(" ");
  byId("model-head").replaceChildren(heading("What", COLUMNS));
  byId("model-rows").replaceChildren(...judged.map((one) => line(within(one), COLUMNS, one[1])));
  byId("model-table").hidden = !judged.length;
  say("");
  return true;
}
