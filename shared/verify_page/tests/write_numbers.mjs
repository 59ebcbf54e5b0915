/** Write the 管理番号 of each label on the standard input, and read it again. */

import { readFileSync } from "node:fs";
import { numberOf, read } from "../src/number.js";

const labels = readFileSync(0, "utf8").split("\n").filter(Boolean);
console.log(JSON.stringify(labels.map((label) => ({ number: numberOf(label), read: read(numberOf(label)) }))));
