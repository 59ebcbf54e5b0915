/** The evidence key and its signatures (docs/draw.md, section 1.7). */

import { demand, hash, same, utf8 } from "./bytes.js";

const PREFIX = Uint8Array.of(
  0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
  0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
);
const KEY_LENGTH = PREFIX.length + 64;
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const INTEGER = 2;
const SEQUENCE = 0x30;

/** @typedef {{hash: string, verifies: (bytes: Uint8Array, signature: Uint8Array) => Promise<boolean>}} EvidenceKey */

/**
 * Read `evidence.pem`.
 *
 * @param {Uint8Array} pem
 * @returns {Promise<EvidenceKey>}
 * @throws {import("./bytes.js").Wrong}
 */
export async function readKey(pem) {
  const text = new TextDecoder("latin1").decode(pem);
  const found = /^-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=\n]+)\n-----END PUBLIC KEY-----\n$/.exec(text);
  demand(found, "evidence.pem: no such PEM");
  let der;
  try {
    der = Uint8Array.from(atob(found[1].replaceAll("\n", "")), (character) => character.charCodeAt(0));
  } catch {
    demand(false, "evidence.pem: no base64");
  }
  const lines = btoa(String.fromCharCode(...der)).match(/.{1,64}/g) ?? [];
  const usual = `-----BEGIN PUBLIC KEY-----\n${lines.join("\n")}\n-----END PUBLIC KEY-----\n`;
  demand(same(utf8(usual), pem), "evidence.pem: not in its usual form");
  demand(der.length === KEY_LENGTH && same(der.subarray(0, PREFIX.length), PREFIX), "evidence.pem: no key of P-256");
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  /** @type {CryptoKey} */
  let key;
  try {
    key = await crypto.subtle.importKey("spki", der, curve, false, ["verify"]);
  } catch {
    demand(false, "evidence.pem: no point of P-256");
  }
  return {
    hash: await hash(der),
    verifies: async (bytes, signature) => {
      const raw = rawSignature(signature);
      if (raw === null) return false;
      const algorithm = { name: "ECDSA", hash: "SHA-256" };
      return crypto.subtle.verify(algorithm, key, raw, /** @type {BufferSource} */ (bytes));
    },
  };
}

/**
 * Turn a signature in DER into the 64 bytes that WebCrypto takes; null if its encoding is not the one and only.
 *
 * @param {Uint8Array} der
 */
export function rawSignature(der) {
  if (der.length < 8 || der[0] !== SEQUENCE || der[1] !== der.length - 2 || der[1] > 127) return null;
  const raw = new Uint8Array(64);
  let at = 2;
  for (const end of [32, 64]) {
    const length = der[at + 1];
    const value = der.subarray(at + 2, at + 2 + length);
    if (der[at] !== INTEGER || length === undefined || length === 0 || value.length !== length || value[0] > 127) return null;
    if (length > 1 && value[0] === 0 && value[1] < 128) return null;
    const digits = value[0] === 0 ? value.subarray(1) : value;
    if (digits.length > 32) return null;
    raw.set(digits, end - digits.length);
    const number = BigInt(`0x0${[...digits].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`);
    if (number === 0n || number >= ORDER) return null;
    at += 2 + length;
  }
  return at === der.length ? raw : null;
}
