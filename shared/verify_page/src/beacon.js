/** A round of drand, scheme bls-unchained-g1-rfc9380 (docs/draw.md, section 2). */

import { bls12_381 } from "@noble/curves/bls12-381.js";
import { sha256, unhex } from "./bytes.js";

const DOMAIN = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";

/**
 * Tell whether *signature* is the one that the chain's key gives for the round.
 *
 * @param {{round: number, signature: string, publicKey: string}} beacon 48 and 96 bytes in hex
 */
export async function isOfChain({ round, signature, publicKey }) {
  const scheme = bls12_381.shortSignatures;
  const eight = new Uint8Array(8);
  new DataView(eight.buffer).setBigUint64(0, BigInt(round));
  try {
    const key = bls12_381.G2.Point.fromHex(publicKey);
    const point = bls12_381.G1.Point.fromHex(signature);
    // Refuses the infinite point and what lies outside the subgroup of prime order.
    key.assertValidity();
    point.assertValidity();
    if (key.is0() || point.is0()) return false;
    return scheme.verify(point, scheme.hash(await sha256(eight), DOMAIN), key);
  } catch {
    return false;
  }
}

/** @param {string} signature hex */
export async function valueOf(signature) {
  return sha256(unhex(signature));
}
