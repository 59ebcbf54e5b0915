/** Bytes, hex and hashes. */

/** What a check found wrong; `detail` is for whoever knows the files, the page says the rest in plain words. */
export class Wrong extends Error {
  /** @param {string} detail */
  constructor(detail) {
    super(detail);
    this.detail = detail;
  }
}

/**
 * @param {unknown} holds
 * @param {string} detail
 * @returns {asserts holds}
 */
export function demand(holds, detail) {
  if (!holds) throw new Wrong(detail);
}

/** @param {Uint8Array} bytes */
export function hex(bytes) {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** @param {string} text lower-case hex */
export function unhex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** @param {string} text */
export function utf8(text) {
  return new TextEncoder().encode(text);
}

/** @param {Uint8Array} bytes */
export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", /** @type {BufferSource} */ (bytes)));
}

/** @param {Uint8Array} bytes */
export async function hash(bytes) {
  return hex(await sha256(bytes));
}

/** @param {Uint8Array} one @param {Uint8Array} other */
export function same(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
