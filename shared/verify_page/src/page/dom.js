/** Make elements; what was read from files only ever becomes text. */

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {...(Node | string | null)} children
 */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** @param {string} id */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** @param {string} id @param {...(Node | string | null)} children */
export function fill(id, ...children) {
  byId(id).replaceChildren(...children.filter((child) => child !== null));
}

/** @param {[string, (Node | string)[]][]} rows */
export function definitions(rows) {
  return h("dl", {}, ...rows.flatMap(([term, values]) => [h("dt", {}, term), ...values.map((value) => h("dd", {}, value))]));
}

/**
 * A table that scrolls sideways where it must, and can be reached by the keyboard then.
 *
 * @param {string} caption @param {string[]} head @param {(Node | string)[][]} rows
 */
export function table(caption, head, rows) {
  const body = rows.map((row) => h("tr", {}, ...row.map((cell, at) => h("td", { "data-head": head[at] }, cell))));
  return h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {}, h("caption", {}, caption), h("thead", {}, h("tr", {}, ...head.map((one) => h("th", { scope: "col" }, one)))), h("tbody", {}, ...body)));
}

/**
 * A time in Japan; with isLimit an exclusive limit, as the last minute that still counts.
 *
 * @param {string} stamp @param {string} lang
 */
export function moment(stamp, lang, isLimit = false) {
  const date = new Date(Date.parse(stamp) - (isLimit ? 1 : 0));
  if (lang === "ja") {
    const parts = new Intl.DateTimeFormat("ja-JP", { timeZone: "Asia/Tokyo", year: "numeric", month: "numeric", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatToParts(date);
    const part = (/** @type {string} */ type) => parts.find((one) => one.type === type)?.value;
    return `${part("year")}年${part("month")}月${part("day")}日（${part("weekday")}）${part("hour")}:${part("minute")}`;
  }
  return `${new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Tokyo", dateStyle: "long", timeStyle: "short" }).format(date)} (Japan)`;
}
