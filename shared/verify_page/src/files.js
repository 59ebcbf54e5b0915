/** The files of a draw, each held against its table (docs/draw.md, sections 1.2 to 1.6 and 2.1). */

import { demand } from "./bytes.js";
import { anyObject, at, binary, count, hashed, integer, label, list, matching, object, oneOf, text, time } from "./shapes.js";

export const SPEC = "prizedraw/1";

export const QUICKNET = {
  chain: "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
  public_key:
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
  period: 3,
  genesis: 1692803367,
};

const spec = oneOf(SPEC);
const prizeId = matching(/^[A-Za-z0-9_-]{1,32}$/);
const HOUR = 3600;
const DAY = 86400;

const SOURCES = {
  drand: object({ kind: oneOf("drand"), chain: hashed, public_key: binary(96), period: integer(1), genesis: count }),
  ward: object({ kind: oneOf("ward") }),
  hsm: object({ kind: oneOf("hsm") }),
};

const VALUES = {
  drand: object({ kind: oneOf("drand"), round: integer(1), signature: binary(48), value: hashed }),
  ward: object({ kind: oneOf("ward"), given_at: time, given_by: text, value: text }),
  hsm: object({ kind: oneOf("hsm"), value: hashed }),
};

/** @param {Record<string, import("./shapes.js").Shape>} kinds @returns {import("./shapes.js").Shape} */
function byKind(kinds) {
  return (value, where) => {
    anyObject(value, where);
    demand(typeof value.kind === "string" && Object.hasOwn(kinds, value.kind), `${where}.kind: unknown`);
    return kinds[value.kind](value, where);
  };
}

const rulesShape = object(
  {
    spec,
    campaign: text,
    prizes: list(object({ id: prizeId, name: text, quantity: count, reserves: count }), 1),
    opens_at: time,
    closes_at: time,
    draw_at: time,
    eligibility: anyObject,
    quiz_hash: hashed,
    form_hash: hashed,
    evidence_key: hashed,
    randomness: byKind(SOURCES),
  },
  { claims_until: time },
);

/** @param {any} rules */
export function checkRules(rules) {
  rulesShape(rules, "rules.json");
  const ids = rules.prizes.map((/** @type {any} */ prize) => prize.id);
  demand(new Set(ids).size === ids.length, "rules.json: a prize twice");
  const [opens, closes, draws] = [rules.opens_at, rules.closes_at, rules.draw_at].map(at);
  demand(opens < closes && closes <= draws, "rules.json: the order of opens_at, closes_at, draw_at");
  if ("claims_until" in rules) demand(at(rules.claims_until) > draws, "rules.json: claims_until");
  const source = rules.randomness;
  if (source.kind !== "drand") return;
  demand(source.genesis <= draws, "rules.json: a chain that begins after draw_at");
  if (source.chain !== QUICKNET.chain) return;
  for (const [field, value] of Object.entries(QUICKNET)) {
    demand(source[field] === value, `rules.json: ${field} is not quicknet's`);
  }
}

const commitmentShape = object({
  spec,
  campaign: text,
  rules_hash: hashed,
  pool_hash: hashed,
  pool_size: count,
  received: count,
  duplicates: count,
  rejected: anyObject,
  ineligible: count,
  withdrawn: count,
  frozen_at: time,
  draw_at: time,
  code_hash: hashed,
});

/** @param {any} commitment @param {any} rules */
export function checkCommitment(commitment, rules) {
  commitmentShape(commitment, "commitment.json");
  for (const [reason, times] of Object.entries(commitment.rejected)) {
    demand(/^[a-z_]{1,64}$/.test(reason), "commitment.json: a reason");
    count(times, "commitment.json.rejected");
  }
  demand(commitment.campaign === rules.campaign, "commitment.json: campaign");
}

/** @param {any} commitment @param {any} rules */
export function checkFreezeTime(commitment, rules) {
  const frozen = at(commitment.frozen_at);
  demand(frozen >= at(rules.closes_at), "commitment.json: frozen_at");
  const draws = at(rules.draw_at);
  const days = Math.max(0, Math.ceil((frozen + HOUR - draws) / DAY));
  demand(at(commitment.draw_at) === draws + days * DAY, "commitment.json: draw_at");
  return days;
}

/** @param {any} commitment */
export function checkBalance(commitment) {
  const rejected = /** @type {number[]} */ (Object.values(commitment.rejected));
  const parts = [commitment.duplicates, ...rejected, commitment.ineligible, commitment.withdrawn, commitment.pool_size];
  const sum = parts.reduce((total, part) => total + BigInt(part), 0n);
  demand(sum === BigInt(commitment.received), "commitment.json: received");
}

const recordShape = object({
  spec,
  campaign: text,
  commitment_hash: hashed,
  randomness: byKind(VALUES),
  seed: hashed,
  drawn_at: time,
  quiz_salt: binary(16, 64),
  awards: list(object({ prize: prizeId, winners: list(label), reserves: list(label) })),
});

/** @param {any} record @param {any} rules */
export function checkRecord(record, rules) {
  recordShape(record, "record.json");
  demand(record.campaign === rules.campaign, "record.json: campaign");
}

export const randomnessShape = object({
  spec,
  campaign: text,
  commitment_hash: hashed,
  kind: oneOf("hsm"),
  value: hashed,
  asked_at: time,
});

export const forfeitShape = object({
  spec,
  campaign: text,
  record_hash: hashed,
  prize: prizeId,
  label,
  why: oneOf("declined", "ineligible", "unreachable", "withdrawn", "lapsed"),
  at: time,
});

export const returnShape = object({
  spec,
  campaign: text,
  record_hash: hashed,
  forfeit_hash: hashed,
  prize: prizeId,
  label,
  at: time,
});
