/** Canonical JSON (docs/draw.md, section 1.1; RFC 8785). */

import { demand, same, utf8, Wrong } from "./bytes.js";

/**
 * Read canonical JSON and nothing else.
 *
 * Whatever JSON.parse forgives (keys twice, blanks, exponents, another order) is told by writing the value again.
 *
 * @param {Uint8Array} bytes
 * @param {string} name of the file
 * @returns {any}
 * @throws {Wrong}
 */
export function readCanonical(bytes, name) {
  let value;
  let written;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    written = utf8(write(value));
  } catch (error) {
    throw new Wrong(error instanceof Wrong ? `${name}: ${error.detail}` : `${name}: not JSON`);
  }
  demand(same(written, bytes), `${name}: not canonical JSON`);
  return value;
}

/**
 * @param {unknown} value
 * @returns {string}
 * @throws {Wrong}
 */
export function write(value) {
  if (typeof value === "string") {
    demand(!/\p{Surrogate}/u.test(value), "a lone surrogate");
    return JSON.stringify(value);
  }
  if (typeof value === "number") {
    demand(Number.isSafeInteger(value), "a number that is no integer of 53 bits");
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map(write).join()}]`;
  if (value !== null && typeof value === "object") {
    const fields = /** @type {Record<string, unknown>} */ (value);
    return `{${Object.keys(fields).sort().map((key) => `${write(key)}:${write(fields[key])}`).join()}}`;
  }
  return String(value);
}
