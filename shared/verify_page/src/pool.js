/** The entries that stand for a prize (docs/draw.md, section 1.3). */

import { demand } from "./bytes.js";

const LF = 10;
const TAB = 9;
const COMMA = 44;
const LENGTH = 26;
const ALPHABET = new Uint8Array(128);
for (const character of "0123456789abcdefghjkmnpqrstvwxyz") ALPHABET[character.charCodeAt(0)] = 1;

/** A pool that was read: its bytes, and for each line where it begins and which set of prizes it has. */
export class Pool {
  /**
   * @param {Uint8Array} bytes
   * @param {number[]} starts
   * @param {Uint32Array} sets
   * @param {number[][]} prizes each set that occurs, as places in the rules' list
   */
  constructor(bytes, starts, sets, prizes) {
    this.bytes = bytes;
    this.starts = starts;
    this.sets = sets;
    this.prizes = prizes;
    this.size = starts.length;
  }

  /** @param {number} line */
  label(line) {
    return String.fromCharCode(...this.bytes.subarray(this.starts[line], this.starts[line] + LENGTH));
  }

  /** @param {number} line */
  standsFor(line) {
    return this.prizes[this.sets[line]];
  }

  /**
   * Find the lines whose labels begin with what was typed.
   *
   * @param {string} prefix
   * @returns {number[]} at most 20
   */
  find(prefix) {
    let [low, high] = [0, this.size];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.label(middle) < prefix) low = middle + 1;
      else high = middle;
    }
    const found = [];
    for (let line = low; line < this.size && found.length < 20 && this.label(line).startsWith(prefix); line += 1) found.push(line);
    return found;
  }
}

/**
 * Read `pool.txt`.
 *
 * @param {Uint8Array} bytes
 * @param {string[]} ids of the prizes, in the rules' order
 * @throws {import("./bytes.js").Wrong}
 */
export function readPool(bytes, ids) {
  /** @type {number[]} */
  const starts = [];
  /** @type {number[]} */
  const sets = [];
  /** @type {number[][]} */
  const prizes = [];
  /** @type {Map<string, number>} */
  const known = new Map();
  const decoder = new TextDecoder("latin1");
  let start = 0;
  while (start < bytes.length) {
    const wrong = `pool.txt: line ${starts.length + 1}`;
    const end = bytes.indexOf(LF, start);
    demand(end !== -1, `${wrong} does not end`);
    demand(bytes[start + LENGTH] === TAB && start + LENGTH + 1 < end, wrong);
    for (let at = start; at < start + LENGTH; at += 1) demand(bytes[at] < 128 && ALPHABET[bytes[at]] === 1, `${wrong}: label`);
    demand(starts.length === 0 || before(bytes, starts[starts.length - 1], start), `${wrong}: order, or a label twice`);
    const written = decoder.decode(bytes.subarray(start + LENGTH + 1, end));
    let set = known.get(written);
    if (set === undefined) {
      const places = written.split(String.fromCharCode(COMMA)).map((id) => ids.indexOf(id));
      demand(places.every((place, at) => place > (at === 0 ? -1 : places[at - 1])), `${wrong}: prizes`);
      set = prizes.push(places) - 1;
      known.set(written, set);
    }
    starts.push(start);
    sets.push(set);
    start = end + 1;
  }
  return new Pool(bytes, starts, Uint32Array.from(sets), prizes);
}

/** @param {Uint8Array} bytes @param {number} one @param {number} other */
function before(bytes, one, other) {
  for (let at = 0; at < LENGTH; at += 1) {
    const difference = bytes[one + at] - bytes[other + at];
    if (difference !== 0) return difference < 0;
  }
  return false;
}
