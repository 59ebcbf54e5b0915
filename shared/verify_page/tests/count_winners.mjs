/** Draw three of twenty labels with many seeds and print how often each won: `node count_winners.mjs SEEDS`. */

import { sha256 } from "../src/bytes.js";
import { readPool } from "../src/pool.js";
import { award, rank } from "../src/ranks.js";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const pool = readPool(new TextEncoder().encode([...ALPHABET.slice(0, 20)].map((one) => `${one.repeat(26)}\tA\n`).join("")), ["A"]);
const counts = new Array(pool.size).fill(0);
for (let number = 0; number < Number(process.argv[2]); number += 1) {
  const seed = await sha256(new TextEncoder().encode(String(number)));
  const [{ winners }] = award([{ quantity: 3, reserves: 0 }], pool, rank(seed, pool, () => undefined));
  for (const line of winners) counts[line] += 1;
}
console.log(JSON.stringify(counts));
