/** What changed after the draw (docs/draw.md, section 1.6). */

import { demand, hash } from "./bytes.js";
import { readCanonical } from "./canonical.js";
import { forfeitShape, returnShape } from "./files.js";
import { derive, deriveByAnyDate } from "./holders.js";
import { at } from "./shapes.js";

const NAME = /^forfeits\/([0-9a-hjkmnp-tv-z]{26})(\.restored)?\.json$/;

/** @typedef {{changes: import("./holders.js").Change[], holding: import("./holders.js").Holding}} Afterwards */

/**
 * Read forfeits and returns with their signatures, and derive who holds what.
 *
 * @param {import("./verify.js").Draw} draw
 * @returns {Promise<Afterwards>}
 * @throws {import("./bytes.js").Wrong}
 */
export async function readForfeits(draw) {
  demand(!draw.files.has("forfeits"), "forfeits: no folder");
  const recordHash = draw.hashes["record.json"];
  const places = new Map();
  for (const award of draw.record.awards) {
    for (const label of [...award.winners, ...award.reserves]) places.set(label, award.prize);
  }
  const changes = [];
  for (const name of [...draw.files.keys()].filter((one) => one.startsWith("forfeits/")).sort()) {
    const unsigned = name.replace(/\.sig$/, "");
    const found = NAME.exec(unsigned);
    demand(found, `${name}: no such file is specified`);
    demand(draw.files.has(unsigned), `${unsigned}: missing`);
    if (name !== unsigned) continue;
    const change = readCanonical(draw.bytes(name), name);
    const shape = found[2] ? returnShape : forfeitShape;
    shape(change, name);
    demand(change.campaign === draw.rules.campaign, `${name}: campaign`);
    demand(change.record_hash === recordHash, `${name}: record_hash`);
    demand(change.label === found[1], `${name}: label`);
    demand(places.get(change.label) === change.prize, `${name}: no place of the record`);
    demand(at(change.at) >= at(draw.record.drawn_at), `${name}: at`);
    demand(at(change.at) <= draw.asked.at, `${name}: ahead of now`);
    if (found[2]) await checkReturn(draw, name, change);
    await draw.signatureHolds(name);
    changes.push(change);
  }
  const quantities = new Map(draw.rules.prizes.map((/** @type {any} */ prize) => [prize.id, prize.quantity]));
  const until = draw.rules.claims_until;
  const { awards } = draw.record;
  const holding = until === undefined ? deriveByAnyDate(awards, changes, quantities) : derive(awards, changes, quantities, at(until));
  return { changes, holding };
}

/** @param {import("./verify.js").Draw} draw @param {string} name @param {any} change */
async function checkReturn(draw, name, change) {
  const of = `forfeits/${change.label}.json`;
  const bytes = draw.files.get(of);
  demand(bytes, `${name}: no forfeit`);
  demand(change.forfeit_hash === (await hash(bytes)), `${name}: forfeit_hash`);
  const forfeit = readCanonical(bytes, of);
  demand(forfeit.why === "lapsed", `${name}: the forfeit is no lapse`);
  demand(at(change.at) > at(forfeit.at), `${name}: not after its forfeit`);
}
