// What pages are made of. Everything from the server is put in as text, never as markup.

import { t, words } from "./words.js";

export const byId = (id) => document.getElementById(id);

export function element(name, content, className) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (content instanceof Node) made.append(content);
  else if (content !== undefined) made.textContent = content;
  return made;
}

export const chip = (tier) => element("span", words(tier), `tier ${tier ?? ""}`);

export const bullets = (texts) => {
  const all = element("ul");
  all.append(...texts.map((text) => element("li", text)));
  return all;
};

export const reasons = (record) =>
  record.reasons?.length ? bullets(record.reasons) : element("span", t("not computed in this run"), "quiet");

// On a phone rows are laid out as cards, which would make them no rows to who listens: roles do.
function cell(name, role, content, className, label) {
  const made = element(name, content, className);
  made.setAttribute("role", role);
  if (label) made.dataset.label = label;
  return made;
}

// A line of a table: what it is about, then a cell a column: [heading, class, how it is filled].
export function line(first, columns, record, values) {
  const made = cell("tr", "row");
  const name = cell("th", "rowheader", first);
  name.scope = "row";
  name.dir = "auto"; // an id may be of letters that run from right to left
  made.append(name);
  for (const [label, className, fill] of columns) {
    made.append(cell("td", "cell", fill(record), className, t(label, values)));
  }
  return made;
}

export function heading(first, columns, values) {
  const made = cell("tr", "row");
  for (const [name, className] of [[first, ""], ...columns]) {
    const head = cell("th", "columnheader", t(name, values), className === "number" ? className : "");
    head.scope = "col";
    made.append(head);
  }
  return made;
}

// Terms and what they are, for those that are something.
export function facts(list, pairs) {
  const shown = pairs.filter(([, value]) => value !== null).map(([label, value]) => {
    const fact = element("div", element("dt", label));
    fact.append(element("dd", value));
    return fact;
  });
  list.replaceChildren(...shown);
}

export function say(text, wrong = false) {
  const parts = text.split("`"); // every second one is a command
  byId("status").replaceChildren(...parts.map((part, at) => (at % 2 ? element("code", part) : part)));
  byId("status").className = wrong ? "wrong" : "";
}
