/** Who holds what after forfeits and returns (docs/draw.md, section 1.6). */

import { Wrong } from "./bytes.js";
import { at } from "./shapes.js";

/**
 * @typedef {{label: string, prize: string, at: string, why?: string}} Change a forfeit (with why) or a return
 * @typedef {{prize: string, winners: string[], reserves: string[]}} Award
 * @typedef {{holders: Map<string, string[]>, movedUp: Map<string, {prize: string, at: string, after: string}>}} Holding
 */

/**
 * Derive who holds what. No reserve moves up from *until* on (Unix seconds).
 *
 * @param {Award[]} awards
 * @param {Change[]} changes
 * @param {Map<string, number>} quantities by prize
 * @param {number} until
 * @returns {Holding}
 * @throws {Wrong}
 */
export function derive(awards, changes, quantities, until) {
  const place = new Map(awards.flatMap((award) => [...award.winners, ...award.reserves].map((label, index) => [label, index])));
  const holders = new Map(awards.map((award) => [award.prize, new Set(award.winners)]));
  const waiting = new Map(awards.map((award) => [award.prize, [...award.reserves]]));
  const forfeited = new Set();
  /** @type {Holding["movedUp"]} */
  const movedUp = new Map();
  const inOrder = [...changes].sort(
    (one, other) =>
      at(one.at) - at(other.at) ||
      Number(one.why === undefined) - Number(other.why === undefined) ||
      (place.get(one.label) ?? 0) - (place.get(other.label) ?? 0),
  );
  for (const change of inOrder) {
    const held = /** @type {Set<string>} */ (holders.get(change.prize));
    if (change.why === undefined) {
      if (held.size >= (quantities.get(change.prize) ?? 0)) throw new Wrong(`forfeits/${change.label}.restored.json: no place of prize ${change.prize} is free`);
      held.add(change.label);
      continue;
    }
    forfeited.add(change.label);
    if (!held.delete(change.label)) {
      if (change.why === "lapsed") throw new Wrong(`forfeits/${change.label}.json: a forfeit of prize ${change.prize} is missing`);
      continue;
    }
    if (at(change.at) >= until) continue;
    const queue = /** @type {string[]} */ (waiting.get(change.prize));
    while (queue.length > 0 && forfeited.has(queue[0])) queue.shift();
    const next = queue.shift();
    if (next === undefined) continue;
    held.add(next);
    movedUp.set(next, { prize: change.prize, at: change.at, after: change.label });
  }
  return { holders: new Map([...holders].map(([prize, held]) => [prize, [...held]])), movedUp };
}

/**
 * Derive it where the rules do not say until when claims are possible: the latest date that makes the files possible.
 *
 * @param {Award[]} awards
 * @param {Change[]} changes
 * @param {Map<string, number>} quantities
 * @returns {Holding}
 * @throws {Wrong} as for no such date, if none does
 */
export function deriveByAnyDate(awards, changes, quantities) {
  const dates = [...new Set(changes.map((change) => at(change.at)))].sort((one, other) => other - one);
  let first;
  for (const until of [Infinity, ...dates]) {
    try {
      return derive(awards, changes, quantities, until);
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      first ??= error;
    }
  }
  throw first;
}
