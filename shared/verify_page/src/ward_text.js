/** The ward's text (docs/draw.md, section 2.2). */

import { demand } from "./bytes.js";

const MOST = 200;
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u2065\u2800\u3164\uFE00-\uFE0F\uFFA0\uFFF0-\uFFF8\u{1D159}\u{1D173}-\u{1D17A}\u{E0000}-\u{E0FFF}]/u;
const BLANKS = /^\p{White_Space}|\p{White_Space}$|\p{White_Space}{2}|(?![\u0020\u3000])\p{White_Space}/u;

/**
 * @param {string} text
 * @throws {import("./bytes.js").Wrong}
 */
export function checkWardText(text) {
  const characters = [...text].length;
  demand(characters >= 1 && characters <= MOST, "record.json: the length of the ward's text");
  demand(text === text.normalize("NFC"), "record.json: the ward's text is not in the form NFC");
  demand(!UNSEEN.test(text), "record.json: a character of the ward's text that cannot be seen");
  demand(!BLANKS.test(text), "record.json: the blanks of the ward's text");
  demand(!text.includes("=?"), "record.json: =? in the ward's text");
}
