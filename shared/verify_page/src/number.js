/** The 管理番号 of the mails, `9RS-JT6-YVD`: the first eight characters of a label and a check character. */

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PAYLOAD = 8;
const LABEL = 26;
const HYPHENS = /[-\u2010\u2012-\u2015\u2043\u2212\u2500\u2501\u30fc\u4e00]/g;
const REFERENCE = /^[a-z]+-([0-9a-hjkmnp-tv-z]{26})(?:-\d)?-[0-9a-f]+$/;
const MOST = 100;

/** Luhn mod 32. @param {string} payload capitals of the alphabet */
export function checkCharacter(payload) {
  let total = 0;
  [...payload].reverse().forEach((character, place) => {
    const value = ALPHABET.indexOf(character) * (place % 2 === 0 ? 2 : 1);
    total += Math.floor(value / 32) + (value % 32);
  });
  return ALPHABET[(32 - (total % 32)) % 32];
}

/** @param {string} label */
export function numberOf(label) {
  const payload = label.slice(0, PAYLOAD).toUpperCase();
  return `${payload}${checkCharacter(payload)}`.replace(/(...)(?=.)/g, "$1-");
}

/**
 * Read what was typed: in any width and case, with blanks and hyphens anywhere; O is 0, I and L are 1.
 *
 * @param {string} typed
 * @returns {{label?: string, prefix?: string, fault?: "form" | "check"}}
 */
export function read(typed) {
  if (typed.length > MOST) return { fault: "form" };
  const folded = typed.normalize("NFKC");
  const pasted = REFERENCE.exec(folded.trim().toLowerCase());
  if (pasted) return { label: pasted[1] };
  const bare = folded.replace(/[\s\p{Cf}]/gu, "").replace(HYPHENS, "").toUpperCase().replaceAll("O", "0").replace(/[IL]/g, "1");
  if (![...bare].every((character) => ALPHABET.includes(character))) return { fault: "form" };
  if (bare.length === LABEL) return { label: bare.toLowerCase() };
  if (bare.length !== PAYLOAD + 1) return { fault: "form" };
  const payload = bare.slice(0, PAYLOAD);
  return checkCharacter(payload) === bare[PAYLOAD] ? { prefix: payload.toLowerCase() } : { fault: "check" };
}
