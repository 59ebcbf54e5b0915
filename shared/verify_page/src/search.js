/** What became of one entry, and why. */

import { read } from "./number.js";

/**
 * @typedef {{id: string, last: number, full: boolean}} Reason of a prize: the rank (from 1) of its last winner, 0 for none
 * @typedef {{label: string, prizes: string[], rank: number, of: number,
 *   place: {prize: string, kind: "winners" | "reserves", index: number} | null,
 *   now: string, why: string, reasons: Reason[]}} Found
 */

/**
 * @param {import("./verify.js").Draw} draw whose awards were recomputed
 * @param {string} typed
 * @returns {{fault?: "form" | "check", found: Found[]}}
 */
export function search(draw, typed) {
  const asked = read(typed);
  if (asked.fault || !draw.pool || !draw.ranking) return { fault: asked.fault, found: [] };
  const { pool, ranking } = draw;
  const lines = pool.find(asked.label ?? asked.prefix ?? "");
  return { found: lines.map((line) => describe(draw, pool, ranking, line)) };
}

/**
 * @param {import("./verify.js").Draw} draw
 * @param {import("./pool.js").Pool} pool
 * @param {import("./ranks.js").Ranking} ranking
 * @param {number} line
 * @returns {Found}
 */
function describe(draw, pool, ranking, line) {
  const label = pool.label(line);
  const ids = draw.prizeIds();
  const { awards } = draw.record;
  /** @type {Found["place"]} */
  let place = null;
  for (const award of awards) {
    for (const kind of /** @type {const} */ (["winners", "reserves"])) {
      const index = award[kind].indexOf(label);
      if (index !== -1) place = { prize: award.prize, kind, index };
    }
  }
  const reasons = pool.standsFor(line).map((at) => {
    const { winners } = awards[at];
    const last = winners.length === 0 ? 0 : ranking.place[pool.find(winners[winners.length - 1])[0]] + 1;
    return { id: ids[at], last, full: winners.length >= draw.rules.prizes[at].quantity };
  });
  return {
    label,
    prizes: pool.standsFor(line).map((at) => ids[at]),
    rank: ranking.place[line] + 1,
    of: pool.size,
    place,
    ...standing(draw, label, place),
    reasons,
  };
}

/**
 * Say how a label stands now: `won`, `moved` (a reserve moved up), `returned`, `forfeited`, `waits`, `passed` (a reserve
 * that gave up its turn), or `none`.
 *
 * @param {import("./verify.js").Draw} draw @param {string} label @param {Found["place"]} place
 */
export function standing(draw, label, place) {
  if (place === null) return { now: "none", why: "" };
  const { changes = [], holding } = draw.afterwards ?? {};
  const own = changes.filter((change) => change.label === label);
  const why = own.find((change) => change.why !== undefined)?.why ?? "";
  const holds = holding ? holding.holders.get(place.prize)?.includes(label) : place.kind === "winners";
  if (holds) return { now: own.some((change) => change.why === undefined) ? "returned" : place.kind === "winners" ? "won" : "moved", why };
  if (why) return { now: place.kind === "winners" || holding?.movedUp.has(label) ? "forfeited" : "passed", why };
  return { now: "waits", why };
}
