/** Change each byte of each file of a folder, and print which steps refuse it: `node change_bytes.mjs DIR TIME`. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { at } from "../src/shapes.js";
import { verify } from "../src/verify.js";

const [folder, now] = process.argv.slice(2);
const files = new Map(readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]));
/** @type {Record<string, Record<string, number>>} */
const refused = {};
for (const [name, bytes] of files) {
  refused[name] = {};
  for (let index = 0; index < bytes.length; index += 1) {
    for (const mask of [0x01, 0x20, 0x80]) {
      const changed = bytes.slice();
      changed[index] ^= mask;
      const draw = await verify(new Map(files).set(name, changed), { at: at(now), wholeFolder: true }, () => undefined);
      const step = draw.steps.find((one) => one.state === "bad")?.id ?? "accepted";
      refused[name][step] = (refused[name][step] ?? 0) + 1;
    }
  }
}
console.log(JSON.stringify(refused));
