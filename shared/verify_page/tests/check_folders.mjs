/**
 * Check folders and print what each gives, one line of JSON a folder: what tests compare with another implementation.
 *
 * node check_folders.mjs [--at TIME] DIR…, or - for names of folders on the standard input.
 */

import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { at } from "../src/shapes.js";
import { hex } from "../src/bytes.js";
import { verify } from "../src/verify.js";

/** @param {string} folder */
export async function filesOf(folder) {
  const files = new Map();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile()) files.set(relative(folder, path), new Uint8Array(await readFile(path)));
  }
  return files;
}

const words = process.argv.slice(2);
const now = words[0] === "--at" ? at(words.splice(0, 2)[1]) : Math.floor(Date.now() / 1000);
const folders = words[0] === "-" ? readFileSync(0, "utf8").split("\n").filter(Boolean) : words;
for (const folder of folders) {
  const draw = await verify(await filesOf(folder), { at: now, wholeFolder: true }, () => undefined);
  const { pool, ranking, afterwards } = draw;
  const ranks = pool && ranking ? Object.fromEntries(pool.starts.map((_, line) => [pool.label(line), hex(ranking.rank(line))])) : null;
  const holding = afterwards && Object.fromEntries([...afterwards.holding.holders].map(([prize, held]) => [prize, [...held].sort()]));
  const wrong = draw.steps.find((step) => step.state === "bad");
  console.log(JSON.stringify({
    folder,
    refused: wrong?.id ?? null,
    detail: wrong?.detail ?? null,
    unchecked: draw.steps.filter((step) => step.state === "unchecked").map((step) => step.id),
    hashes: draw.hashes,
    seed: hex(draw.seed),
    ranks,
    order: pool && ranking ? [...ranking.order].map((line) => pool.label(line)) : null,
    holding,
  }));
}
