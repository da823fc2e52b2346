// The reader's language, and how it writes numbers, money and days.

let said = {}; // English to the words of the reader's language

const percent = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 0 });
const signed = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1, signDisplay: "exceptZero" });
const dates = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
const minutes = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export const minute = (time) => minutes.format(new Date(time)); // as the reader's clock says it
export const integer = new Intl.NumberFormat().format;
export const tenths = new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format;
export const points = (share) => signed.format(100 * share);
export const day = (date) => dates.format(new Date(date));

// To the percent, never as a certainty that it is not.
export function share(value) {
  if (value === null) return "–";
  if (value > 0 && value < 0.005) return `<${percent.format(0.01)}`;
  return value >= 0.995 && value < 1 ? `>${percent.format(0.99)}` : percent.format(value);
}

export const words = (value) => (value === null ? "–" : t(value.replaceAll("_", " ")));

export function money(value, currency) {
  if (value === null) return "–";
  const how = currency ? { style: "currency", currency } : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return new Intl.NumberFormat(undefined, how).format(value);
}

// A text in the reader's language, with its numbers and names; as it stands where it has no words.
export function t(text, values = {}) {
  const filled = (placeholder, name) => values[name] ?? placeholder;
  return (said[text] ?? text).replace(/\{(\w+)\}/g, filled);
}

// The page is written in English; what the browser's language has words for is put in its place.
async function translate() {
  const answer = await fetch("desk/words", { credentials: "omit" }).catch(() => null);
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

export const translated = translate();
