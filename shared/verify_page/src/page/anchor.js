/** Hold the files against the values that the ward was sent (docs/draw.md, section 5.1). */

/**
 * Find the hashes in what was pasted: whole words of 64 characters, or one spread by blanks.
 *
 * @param {string} typed
 * @returns {string[]}
 */
export function hashesIn(typed) {
  const folded = typed.normalize("NFKC").toLowerCase();
  const whole = folded.match(/(?<![0-9a-z])[0-9a-f]{64}(?![0-9a-z])/g);
  if (whole) return [...new Set(whole)];
  const joined = folded.replace(/[\s\u200b-]/g, "");
  return /^(?:[0-9a-f]{64})+$/.test(joined) ? joined.match(/.{64}/g) ?? [] : [];
}

/**
 * @param {string} typed
 * @param {Record<string, string>} hashes by name of the file; `key` for the evidence key
 * @returns {{state: "bad" | "ok" | "left", same: string[], other: string[], none: boolean}}
 */
export function holdAgainst(typed, hashes) {
  const given = hashesIn(typed);
  const names = ["rules.json", "commitment.json", "key", "record.json"];
  const same = names.filter((name) => given.includes(hashes[name]));
  const other = given.filter((value) => !names.some((name) => hashes[name] === value));
  const isEnough = same.includes("rules.json") && same.includes("commitment.json");
  return { state: other.length > 0 ? "bad" : isEnough ? "ok" : "left", same, other, none: typed.trim() !== "" && given.length === 0 };
}
