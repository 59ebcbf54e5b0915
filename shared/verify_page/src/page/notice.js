/** The notice of the result, that is printed on A4. */

import qrcode from "qrcode-generator";
import { numberOf } from "../number.js";
import { definitions, fill, h, moment } from "./dom.js";
import { hashRows, summary } from "./show.js";

const MOST = 200;
const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4;

/**
 * Lay the notice out for the printer; of files that do not fit there is none.
 *
 * @param {import("./show.js").Words} words @param {any} draw @param {string} verdict @param {boolean} isHeld against the ward's values
 */
export function showNotice(words, draw, verdict, isHeld) {
  if (verdict === "bad" || verdict === "running") {
    fill("notice");
    return;
  }
  const { notice } = words;
  const winners = draw.places.filter((/** @type {any} */ place) => ["won", "moved", "returned"].includes(place.now));
  const numbers = (/** @type {string} */ prize) => winners.filter((/** @type {any} */ place) => place.prize === prize).map((/** @type {any} */ place) => numberOf(place.label));
  const isServed = /^https?:$/.test(location.protocol);
  const address = location.href.split("#")[0];
  fill("notice",
    h("h1", {}, notice.title),
    h("p", {}, verdict === "proven" ? notice.proven : isHeld ? notice.held : notice.notProven),
    summary(words, draw, false),
    h("h2", {}, winners.length > MOST ? words.winners : notice.numbers),
    winners.length > MOST ? h("p", {}, notice.numbersLong) : null,
    definitions(draw.rules.prizes.map((/** @type {any} */ prize) => [
      `${words.prize(prize)}　${words.people(numbers(prize.id).length)}`,
      winners.length > MOST ? [] : [h("span", { class: "numbers" }, ...(numbers(prize.id).length > 0 ? numbers(prize.id).map((/** @type {string} */ one) => h("span", {}, one)) : ["－"]))],
    ])),
    h("div", { class: "how" },
      h("div", {},
        h("h2", {}, notice.how),
        h("ol", {}, ...[isServed ? notice.howSteps[0] : notice.howSaved, ...notice.howSteps.slice(1)].map((step) => h("li", {}, step))),
        h("dl", { class: "hashes" }, ...hashRows(words, { "rules.json": draw.hashes["rules.json"], "commitment.json": draw.hashes["commitment.json"] }))),
      isServed ? h("div", { class: "address" }, code(address, notice.address), h("p", {}, address)) : null),
    h("p", { class: "made" }, notice.made(moment(new Date().toISOString(), words.lang))));
}

/**
 * A QR code as a drawing.
 *
 * @param {string} text @param {string} title
 */
function code(text, title) {
  const drawn = qrcode(0, "M");
  drawn.addData(text);
  drawn.make();
  const size = drawn.getModuleCount();
  let path = "";
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      if (drawn.isDark(row, column)) path += `M${column + QUIET} ${row + QUIET}h1v1h-1z`;
    }
  }
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", `0 0 ${size + 2 * QUIET} ${size + 2 * QUIET}`);
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", title);
  picture.setAttribute("shape-rendering", "crispEdges");
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", path);
  picture.append(shape);
  return picture;
}
