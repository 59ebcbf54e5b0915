/** What is shown, from what is known; nothing is computed here. */

import { numberOf } from "../number.js";
import { byId, definitions, fill, h, moment, table } from "./dom.js";

/** @typedef {typeof import("./words_ja.js").JA} Words */

const MOST = 300;
const QUICKNET = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971";

/** Words that stand whatever is opened. @param {Words} words */
export function showWords(words) {
  document.documentElement.lang = words.lang;
  document.title = words.title;
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = /** @type {any} */ (words)[/** @type {HTMLElement} */ (element).dataset.word ?? ""];
  }
  byId("language").lang = words.lang === "ja" ? "en" : "ja";
}

/**
 * @param {Words} words @param {"running" | "bad" | "consistent" | "proven"} verdict
 * @param {{id: string, state: string}[]} steps @param {{state: string}} anchor
 */
export function showVerdict(words, verdict, steps, anchor) {
  const box = byId("verdict");
  box.className = `verdict ${verdict}`;
  const bad = steps.find((step) => step.state === "bad");
  const why = verdict === "bad" && bad ? words.verdictWhys.bad(words.steps[bad.id][0])
    : verdict === "consistent" ? (anchor.state === "ok" ? words.verdictWhys.held : words.verdictWhys.consistent)
    : verdict === "proven" ? words.verdictWhys.proven : "";
  fill("verdict", h("h2", {}, mark(verdict), words.verdicts[verdict]), why ? h("p", {}, why) : null);
}

/** A sign that does not depend on colour. @param {string} state */
function mark(state) {
  const signs = /** @type {Record<string, string>} */ ({ ok: "✓", proven: "✓", consistent: "○", bad: "✕", unchecked: "！", left: "－", none: "－", waiting: "…", running: "…" });
  return h("span", { class: "mark", "aria-hidden": "true" }, signs[state]);
}

/** @param {Words} words @param {any[]} steps */
export function showSteps(words, steps) {
  fill("step-list", ...steps.map((step) => stepOf(words.steps[step.id], step, words, words.reasons)));
}

/** @param {[string, string]} sentences @param {any} step @param {Words} words @param {Record<string, string>} reasons */
function stepOf([what, wrong], step, words, reasons) {
  const names = step.more?.names?.slice(0, 5).map(printable).join("、") ?? "";
  const why = step.state === "bad" ? wrong : step.why ? `${reasons[step.why]}${names}` : "";
  return h("li", { class: step.state, id: `step-${step.id}` },
    h("p", {}, mark(step.state), h("span", { class: "what" }, what), " ", h("strong", { class: "state" }, /** @type {any} */ (words.states)[step.state])),
    why ? h("p", { class: "why" }, why) : null,
    step.detail ? h("p", { class: "detail" }, words.detail, h("code", {}, printable(step.detail))) : null);
}

/** Names of files are whatever somebody typed. @param {string} text */
function printable(text) {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "〓").slice(0, 200);
}

/** @param {Words} words @param {any} draw */
export function showResult(words, draw) {
  const { rules } = draw;
  if (!rules?.prizes || !draw.places) {
    fill("result-body");
    return;
  }
  const stood = isDone(draw, "awards");
  fill("result-body",
    summary(words, draw),
    ...(stood ? rules.prizes.map((/** @type {any} */ prize) => prizeOf(words, draw, prize)) : []),
    ...(isDone(draw, "forfeits") ? [changes(words, draw)] : []));
  byId("print").hidden = !stood || draw.steps.some((/** @type {any} */ step) => step.state === "bad");
}

/** @param {any} draw @param {string} id */
function isDone(draw, id) {
  return ["ok", "none"].includes(draw.steps.find((/** @type {any} */ step) => step.id === id)?.state);
}

/** @param {Words} words @param {any} draw @param {boolean} [withConditions] */
export function summary(words, draw, withConditions = true) {
  const { rules, commitment } = draw;
  /** @type {[string, (Node | string)[]][]} */
  const rows = [];
  if (isDone(draw, "rules-form")) {
    rows.push([words.campaign, [printable(rules.campaign)]]);
    rows.push([words.opens, [`${moment(rules.opens_at, words.lang)}${words.until}${words.untilThen(moment(rules.closes_at, words.lang, true))}`]]);
  }
  if (isDone(draw, "commitment-form")) rows.push([words.frozen, [moment(commitment.frozen_at, words.lang)]]);
  if (isDone(draw, "record-form")) rows.push([words.drawn, [moment(draw.drawnAt, words.lang)]]);
  if (isDone(draw, "rules-form") && rules.claims_until) rows.push([words.claims, [words.untilThen(moment(rules.claims_until, words.lang, true))]]);
  if (isDone(draw, "counts")) {
    const rejected = Object.values(commitment.rejected).reduce((sum, one) => sum + one, 0);
    rows.push([words.received, [words.count(commitment.received)]]);
    rows.push([words.pool, [words.count(commitment.pool_size), words.outside({ ...commitment, rejected })]]);
  }
  if (withConditions && isDone(draw, "rules-form")) {
    const sentences = rules.eligibility.sentences;
    if (Array.isArray(sentences) && sentences.every((one) => typeof one === "string")) rows.push([words.eligibility, sentences.map(printable)]);
  }
  if (draw.randomness && isDone(draw, "record-form")) {
    const { kind, value } = draw.randomness;
    const source = kind === "drand" && rules.randomness.chain !== QUICKNET ? "private" : kind;
    rows.push([words.randomValue, [h("code", {}, printable(value)), /** @type {any} */ (words.sources)[source](draw.randomness)]]);
  }
  return definitions(rows);
}

/** @param {Words} words @param {any} draw @param {any} prize */
function prizeOf(words, draw, prize) {
  const places = draw.places.filter((/** @type {any} */ place) => place.prize === prize.id);
  const winners = places.filter((/** @type {any} */ place) => place.kind === "winners").length;
  const holding = places.filter((/** @type {any} */ place) => ["won", "moved", "returned"].includes(place.now)).length;
  const rows = places.slice(0, MOST).map((/** @type {any} */ place) => [
    words.order(place), numberOf(place.label), standingOf(words, place), h("code", {}, place.label),
  ]);
  return h("section", { class: "prize" },
    h("h3", {}, words.prize({ ...prize, name: printable(prize.name) })),
    h("p", {}, words.prizeCount(winners, places.length - winners), prize.quantity > holding ? `　${words.unawarded(prize.quantity - holding)}` : ""),
    places.length > 0 ? table(words.prize({ ...prize, name: printable(prize.name) }), words.columns, rows) : null,
    places.length > MOST ? h("p", {}, words.more(places.length - MOST)) : null);
}

/** @param {Words} words @param {any} place */
function standingOf(words, place) {
  const why = place.why ? `（${/** @type {any} */ (words.whys)[place.why]}）` : "";
  return `${/** @type {any} */ (words.now)[place.now]}${place.now === "returned" ? "" : why}`;
}

/** @param {Words} words @param {any} draw */
function changes(words, draw) {
  const next = new Map([...draw.movedUp].map(([label, moved]) => [`${moved.after} ${moved.at}`, label]));
  const inOrder = [...draw.changes].sort((one, other) => (one.at < other.at ? -1 : 1));
  const lines = inOrder.slice(0, MOST).map((change) => {
    const moved = change.why ? next.get(`${change.label} ${change.at}`) : undefined;
    return h("li", {}, words.change({
      at: moment(change.at, words.lang),
      prize: change.prize,
      number: numberOf(change.label),
      why: change.why ? /** @type {any} */ (words.whys)[change.why] : null,
      next: moved ? numberOf(moved) : null,
    }));
  });
  return h("section", {}, h("h3", {}, words.changesHead), lines.length > 0 ? h("ul", { class: "changes" }, ...lines) : h("p", {}, words.noChanges));
}

/** @param {Words} words @param {any} anchor @param {Record<string, string>} hashes */
export function showAnchor(words, anchor, hashes) {
  const names = /** @type {Record<string, string>} */ (words.anchorNames);
  const lines = [
    ...anchor.same.map((/** @type {string} */ name) => h("li", { class: "ok" }, mark("ok"), words.anchorSame(names[name]))),
    ...anchor.other.map((/** @type {string} */ value) => h("li", { class: "bad" }, mark("bad"), words.anchorOther(value))),
    ...(anchor.none ? [h("li", { class: "unchecked" }, mark("unchecked"), words.anchorNone)] : []),
  ];
  fill("anchor-told", lines.length > 0 ? h("ul", {}, ...lines) : null);
  fill("hashes", ...hashRows(words, hashes));
}

/** @param {Words} words @param {Record<string, string>} hashes */
export function hashRows(words, hashes) {
  return Object.entries(words.anchorNames)
    .filter(([name]) => hashes[name])
    .flatMap(([name, word]) => [h("dt", {}, name === "key" ? word : `${word}（${name}）`), h("dd", {}, h("code", {}, hashes[name]))]);
}

/** @param {Words} words @param {any} searched @param {any} draw */
export function showFound(words, searched, draw) {
  if (searched === null || searched === undefined) {
    fill("found");
    return;
  }
  const fault = searched.fault ?? (isDone(draw, "awards") ? (searched.found.length === 0 ? "missing" : null) : "stopped");
  if (fault) {
    fill("found", h("p", {}, /** @type {any} */ (words.searchFaults)[fault]));
    return;
  }
  const { found } = words;
  const name = (/** @type {string} */ id) => words.prize({ id, name: printable(draw.rules.prizes.find((/** @type {any} */ one) => one.id === id).name) });
  fill("found", ...searched.found.map((/** @type {any} */ one) => {
    const { place } = one;
    const outcome = !place ? found.none : place.kind === "winners" ? found.won(name(place.prize), place.index + 1) : found.waits(name(place.prize), place.index + 1);
    const whys = !place ? one.reasons.map((/** @type {any} */ reason) => (reason.last ? found.last(name(reason.id), reason.last) : found.noPlace(name(reason.id))))
      : [place.kind === "winners" ? found.first(name(place.prize)) : found.reserve(name(place.prize))];
    const now = place && !["won", "waits"].includes(one.now) ? [standingOf(words, one)] : [];
    return h("div", {},
      h("p", {}, found.inPool(numberOf(one.label), one.label)),
      definitions([
        [found.prizes, one.prizes.map(name)],
        [found.rank, [found.rankOf(one.rank, one.of)]],
        [found.outcome, [h("strong", {}, outcome), ...now]],
        [found.why, whys],
      ]));
  }));
}

/** @param {Words} words @param {any} told */
export function showReport(words, told) {
  if (told.missing) {
    fill("reported", h("p", {}, words.reportMissing));
    return;
  }
  const { report, steps } = told;
  const verdict = steps.some((/** @type {any} */ step) => step.state === "bad") ? "bad" : steps.some((/** @type {any} */ step) => step.state === "unchecked") ? "part" : "ok";
  const sentences = /** @type {any} */ (words.reportSteps);
  const list = h("ol", { class: "steps" }, ...steps.map((/** @type {any} */ step) => stepOf(sentences[step.id], { ...step, id: `report-${step.id}` }, words, words.reportReasons)));
  const head = h("h3", { class: `verdict ${verdict === "bad" ? "bad" : "consistent"}` }, mark(verdict === "bad" ? "bad" : "ok"), /** @type {any} */ (words.reportVerdicts)[verdict]);
  if (!report) {
    fill("reported", head, list);
    return;
  }
  const states = /** @type {any} */ (words.reportStates);
  const places = report.places.map((/** @type {any} */ place) => [
    printable(place.name), /** @type {any} */ (words.reportPlaces)[place.state] ?? printable(String(place.state)),
    number(place.before), number(place.after), place.until ? moment(place.until, words.lang) : "－",
  ]);
  fill("reported",
    head,
    h("p", {}, words.reportMade({ ...report, title: printable(report.title), made_at: moment(report.made_at, words.lang) })),
    h("p", {}, h("strong", {}, words.reportWhole(states[report.state] ?? "－", report.places.filter((/** @type {any} */ place) => place.state === "declared").length))),
    list,
    h("p", { class: "why" }, words.reportNote),
    table(words.reportColumns[0], words.reportColumns, places),
    h("p", {}, `SHA-256 `, h("code", {}, told.hash)));
}

/** @param {unknown} count */
function number(count) {
  return typeof count === "number" ? String(count) : "－";
}
