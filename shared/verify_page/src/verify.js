/** The checks of a draw, in the order in which they stop (docs/draw.md, section 5). */

import { isOfChain, valueOf } from "./beacon.js";
import { demand, hash, hex, sha256, unhex, utf8, Wrong } from "./bytes.js";
import { readCanonical } from "./canonical.js";
import * as shapes from "./files.js";
import { readForfeits } from "./forfeits.js";
import { award, rank, seedOf } from "./ranks.js";
import { readPool } from "./pool.js";
import { at } from "./shapes.js";
import { readKey } from "./signatures.js";
import { checkWardText } from "./ward_text.js";

/** @typedef {"ok" | "bad" | "unchecked" | "left" | "none"} State unchecked keeps the proof back, left and none do not */
/** @typedef {{id: string, state: State, why?: string, detail?: string, more?: Record<string, unknown>}} Step */
/** @typedef {Map<string, Uint8Array>} Files by name in the folder */

export const STEPS = /** @type {const} */ ([
  "files", "rules-form", "commitment-form", "rules-hash", "freeze-time", "pool-hash", "pool-form", "counts",
  "record-form", "commitment-hash", "draw-time", "randomness", "seed", "awards", "quiz", "evidence-key",
  "signatures", "forfeits", "beacon", "strangers",
]);

const SIGNED = ["rules.json", "commitment.json", "record.json"];
const NEEDED = [...SIGNED, "pool.txt", "evidence.pem", ...SIGNED.map((name) => `${name}.sig`)];

/**
 * A step that could not be made, or need not be; no reason to stop.
 *
 * @param {State} state @param {string} why
 */
function instead(state, why) {
  return { state, why };
}

/**
 * Check a draw's files.
 *
 * @param {Files} files
 * @param {{at: number, wholeFolder: boolean}} asked when, in Unix seconds; whether *files* are all that the folder has
 * @param {(step: Step) => void} tell called for each step as it is made
 * @param {(done: number, all: number) => void} progress while labels are ranked
 * @returns {Promise<Draw>} with what was found until the first step that failed
 */
export async function verify(files, asked, tell, progress = () => undefined) {
  const draw = new Draw(files, asked, progress);
  let stopped = false;
  for (const id of STEPS) {
    /** @type {Step} */
    let step = { id, state: "unchecked", why: "stopped" };
    if (!stopped) {
      try {
        step = { id, state: "ok", ...(await draw.checks[id]()) };
      } catch (error) {
        stopped = true;
        step = { id, state: "bad", detail: error instanceof Wrong ? error.detail : String(error) };
      }
    }
    draw.steps.push(step);
    tell(step);
  }
  return draw;
}

/** What is known of a draw while it is checked, and afterwards. */
export class Draw {
  /** @param {Files} files @param {{at: number, wholeFolder: boolean}} asked @param {(done: number, all: number) => void} progress */
  constructor(files, asked, progress) {
    this.files = files;
    this.asked = asked;
    this.progress = progress;
    /** @type {Step[]} */
    this.steps = [];
    /** @type {Record<string, string>} */
    this.hashes = {};
    /** @type {any} */
    this.rules = null;
    /** @type {any} */
    this.commitment = null;
    /** @type {any} */
    this.record = null;
    /** @type {import("./pool.js").Pool | null} */
    this.pool = null;
    /** @type {import("./ranks.js").Ranking | null} */
    this.ranking = null;
    /** @type {import("./forfeits.js").Afterwards | null} */
    this.afterwards = null;
    /** @type {import("./signatures.js").EvidenceKey | null} */
    this.key = null;
    this.seed = new Uint8Array();
    /** @type {Record<typeof STEPS[number], () => Promise<Partial<Step> | void>>} */
    this.checks = {
      files: () => this.filesAreThere(),
      "rules-form": async () => shapes.checkRules((this.rules = await this.read("rules.json"))),
      "commitment-form": async () => shapes.checkCommitment((this.commitment = await this.read("commitment.json")), this.rules),
      "rules-hash": async () => demand(this.commitment.rules_hash === this.hashes["rules.json"], "commitment.json: rules_hash"),
      "freeze-time": async () => ({ more: { days: shapes.checkFreezeTime(this.commitment, this.rules) } }),
      "pool-hash": () => this.poolIsCommitted(),
      "pool-form": async () => void (this.pool = readPool(this.bytes("pool.txt"), this.prizeIds())),
      counts: async () => this.countsAddUp(),
      "record-form": async () => shapes.checkRecord((this.record = await this.read("record.json")), this.rules),
      "commitment-hash": async () =>
        demand(this.record.commitment_hash === this.hashes["commitment.json"], "record.json: commitment_hash"),
      "draw-time": async () => this.drawnInTime(),
      randomness: () => this.randomnessIsOfRules(),
      seed: () => this.seedIsRight(),
      awards: async () => this.awardsAreRight(),
      quiz: async () => instead("left", "no-answers"),
      "evidence-key": () => this.keyIsPinned(),
      signatures: () => this.signaturesHold(),
      forfeits: () => this.forfeitsAreRight(),
      beacon: () => this.roundIsOfChain(),
      strangers: async () => this.nothingElseIsThere(),
    };
  }

  /** @param {string} name */
  bytes(name) {
    return /** @type {Uint8Array} */ (this.files.get(name));
  }

  /** @param {string} name @returns {Promise<any>} */
  async read(name) {
    this.hashes[name] = await hash(this.bytes(name));
    return readCanonical(this.bytes(name), name);
  }

  /** @returns {string[]} */
  prizeIds() {
    return this.rules.prizes.map((/** @type {any} */ prize) => prize.id);
  }

  async filesAreThere() {
    const missing = NEEDED.filter((name) => !this.files.has(name));
    demand(missing.length === 0, `missing: ${missing.join(", ")}`);
  }

  async poolIsCommitted() {
    this.hashes["pool.txt"] = await hash(this.bytes("pool.txt"));
    demand(this.commitment.pool_hash === this.hashes["pool.txt"], "commitment.json: pool_hash");
  }

  countsAddUp() {
    demand(this.pool?.size === this.commitment.pool_size, "commitment.json: pool_size");
    shapes.checkBalance(this.commitment);
  }

  drawnInTime() {
    const drawn = at(this.record.drawn_at);
    demand(drawn >= at(this.commitment.draw_at), "record.json: drawn_at before draw_at");
    demand(drawn <= this.asked.at, "record.json: drawn_at is ahead of now");
  }

  async randomnessIsOfRules() {
    const source = this.rules.randomness;
    const given = this.record.randomness;
    demand(given.kind === source.kind, "record.json: the kind of randomness");
    const draws = at(this.commitment.draw_at);
    if (given.kind === "drand") {
      const round = Math.ceil((draws - source.genesis) / source.period) + 1;
      demand(given.round === round, "record.json: round");
      demand(given.value === hex(await valueOf(given.signature)), "record.json: value");
      return this.chainIsPublic();
    }
    if (given.kind === "ward") {
      checkWardText(given.value);
      demand(draws <= at(given.given_at) && at(given.given_at) <= at(this.record.drawn_at), "record.json: given_at");
      return undefined;
    }
    if (!this.files.has("randomness.json")) return instead("unchecked", "no-randomness-file");
    demand(this.files.has("randomness.json.sig"), "missing: randomness.json.sig");
    const asked = await this.read("randomness.json");
    shapes.randomnessShape(asked, "randomness.json");
    demand(asked.campaign === this.rules.campaign, "randomness.json: campaign");
    demand(asked.commitment_hash === this.hashes["commitment.json"], "randomness.json: commitment_hash");
    demand(asked.value === given.value, "randomness.json: value");
    demand(draws <= at(asked.asked_at) && at(asked.asked_at) <= at(this.record.drawn_at), "randomness.json: asked_at");
    return undefined;
  }

  async seedIsRight() {
    const { kind, value } = this.record.randomness;
    this.seed = await seedOf(kind === "ward" ? utf8(value) : unhex(value), await sha256(this.bytes("commitment.json")));
    demand(hex(this.seed) === this.record.seed, "record.json: seed");
  }

  awardsAreRight() {
    const pool = /** @type {import("./pool.js").Pool} */ (this.pool);
    this.ranking = rank(this.seed, pool, (done) => this.progress(done, pool.size));
    const right = award(this.rules.prizes, pool, this.ranking);
    const { awards } = this.record;
    demand(awards.map((/** @type {any} */ one) => one.prize).join() === this.prizeIds().join(), "record.json: the prizes of awards");
    right.forEach((lines, index) => {
      const told = awards[index];
      for (const part of /** @type {const} */ (["winners", "reserves"])) {
        const labels = lines[part].map((line) => pool.label(line));
        demand(labels.join() === told[part].join(), `record.json: ${part} of prize ${told.prize}`);
      }
    });
  }

  async keyIsPinned() {
    this.key = await readKey(this.bytes("evidence.pem"));
    demand(this.key.hash === this.rules.evidence_key, "evidence.pem: not the key of rules.json");
  }

  async signaturesHold() {
    const signed = [...SIGNED, ...["randomness.json"].filter((name) => this.files.has(name) && this.record.randomness.kind === "hsm")];
    for (const name of signed) await this.signatureHolds(name);
  }

  /** @param {string} name */
  async signatureHolds(name) {
    const signature = this.files.get(`${name}.sig`);
    demand(signature, `${name}.sig: missing`);
    demand(await this.key?.verifies(this.bytes(name), signature), `${name}.sig: not by the key`);
  }

  async forfeitsAreRight() {
    this.afterwards = await readForfeits(this);
    if (this.afterwards.changes.length === 0) return instead("none", "no-forfeits");
    return { more: { count: this.afterwards.changes.length } };
  }

  async roundIsOfChain() {
    const source = this.rules.randomness;
    if (source.kind !== "drand") return instead("none", "no-drand");
    const { round, signature } = this.record.randomness;
    demand(await isOfChain({ round, signature, publicKey: source.public_key }), "record.json: signature of the round");
    return this.chainIsPublic();
  }

  /** Whoever owns another chain knows its rounds beforehand. */
  chainIsPublic() {
    return this.rules.randomness.chain === shapes.QUICKNET.chain ? undefined : instead("unchecked", "private-chain");
  }

  nothingElseIsThere() {
    const ours = new Set(NEEDED);
    if (this.rules.randomness.kind === "hsm") ["randomness.json", "randomness.json.sig"].forEach((name) => ours.add(name));
    const strangers = [...this.files.keys()].filter((name) => !ours.has(name) && !name.startsWith("forfeits/")).sort();
    for (const name of strangers) demand(!this.isOfSpecification(name), `${name}: a further file of the draw`);
    if (strangers.length > 0) return { ...instead("unchecked", "strangers"), more: { names: strangers } };
    return this.asked.wholeFolder ? undefined : instead("left", "no-listing");
  }

  /** @param {string} name */
  isOfSpecification(name) {
    const text = () => new TextDecoder("latin1").decode(this.bytes(name)).replaceAll(/\s/g, "");
    return /^[^/]*\.json$/i.test(name) && text().includes(`"spec":"${shapes.SPEC}"`);
  }
}
