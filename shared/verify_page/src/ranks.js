/** Seed, ranks and awards (docs/draw.md, section 3). */

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";

const LENGTH = 26;
const SIZE = 32;
const STEP = 20000;

/**
 * @param {Uint8Array} value the key of section 2
 * @param {Uint8Array} commitmentHash 32 bytes
 */
export async function seedOf(value, commitmentHash) {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", /** @type {BufferSource} */ (value), algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, /** @type {BufferSource} */ (commitmentHash)));
}

/** The lines of a pool by rank. `order[n]` is the line of rank n, `place[line]` its rank, `rank(line)` the 32 bytes. */
export class Ranking {
  /** @param {Uint8Array} ranks @param {Uint32Array} order */
  constructor(ranks, order) {
    this.ranks = ranks;
    this.order = order;
    this.place = new Uint32Array(order.length);
    order.forEach((line, at) => (this.place[line] = at));
  }

  /** @param {number} line */
  rank(line) {
    return this.ranks.subarray(line * SIZE, (line + 1) * SIZE);
  }
}

/**
 * Rank each label. A call of WebCrypto costs more than the hash; this one keeps the state after the key.
 *
 * @param {Uint8Array} seed
 * @param {import("./pool.js").Pool} pool
 * @param {(done: number) => void} progress
 */
export function rank(seed, pool, progress) {
  const ranks = new Uint8Array(pool.size * SIZE);
  const first = new Float64Array(pool.size);
  const keyed = hmac.create(sha256, seed);
  let state = keyed.clone();
  const message = new Uint8Array(LENGTH + 1);
  message[LENGTH] = 1;
  for (let line = 0; line < pool.size; line += 1) {
    message.set(pool.bytes.subarray(pool.starts[line], pool.starts[line] + LENGTH));
    state = keyed._cloneInto(state);
    const own = ranks.subarray(line * SIZE, (line + 1) * SIZE);
    state.update(message).digestInto(own);
    first[line] = ((own[0] << 16) | (own[1] << 8) | own[2]) * 0x1000000 + ((own[3] << 16) | (own[4] << 8) | own[5]);
    if (line % STEP === 0) progress(line);
  }
  const order = Uint32Array.from(first, (_, line) => line);
  // Lines stand by label, and the sort is stable: equal ranks stay by label.
  order.sort((one, other) => first[one] - first[other] || rest(ranks, one, other) || one - other);
  return new Ranking(ranks, order);
}

/** @param {Uint8Array} ranks @param {number} one @param {number} other */
function rest(ranks, one, other) {
  for (let at = 6; at < SIZE; at += 1) {
    const difference = ranks[one * SIZE + at] - ranks[other * SIZE + at];
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Give the prizes away.
 *
 * @param {{quantity: number, reserves: number}[]} prizes
 * @param {import("./pool.js").Pool} pool
 * @param {Ranking} ranking
 * @returns {{winners: number[], reserves: number[]}[]} lines
 */
export function award(prizes, pool, ranking) {
  const taken = new Uint8Array(pool.size);
  const walk = (/** @type {number} */ prize, /** @type {number} */ most) => {
    const found = [];
    for (const line of ranking.order) {
      if (found.length >= most) break;
      if (taken[line] || !pool.standsFor(line).includes(prize)) continue;
      taken[line] = 1;
      found.push(line);
    }
    return found;
  };
  const winners = prizes.map((prize, at) => walk(at, prize.quantity));
  const reserves = prizes.map((prize, at) => walk(at, prize.reserves));
  return winners.map((lines, at) => ({ winners: lines, reserves: reserves[at] }));
}
