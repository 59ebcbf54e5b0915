/**
 * A report of an erasure (docs/erasure.md): what it says, whether its whole follows from its places, who signed it, and
 * whether it is of this draw. Both versions of the specification are read; what one of them lacks is not asked for.
 */

import { demand, hash, Wrong } from "./bytes.js";
import { readCanonical } from "./canonical.js";
import { at, isObject, seconds } from "./shapes.js";
import { readKey } from "./signatures.js";

const SPECS = ["prizedraw-erasure/1", "prizedraw-erasure/2"];
const NAME = /^(?:.*\/)?(?:(\d{3,})-|erasure-)report\.json$/;
const FINISHED = ["done", "declared", "none"];
const STATES = ["waiting", "open", "unread", "unattested", "window", ...FINISHED];
const KINDS = ["program", "key", "time", "person", "unknown"];
const NEEDED = ["entries", "mailbox", "logo"];

export const REPORT_STEPS = /** @type {const} */ (["form", "places", "state", "time", "signature", "draw"]);

/** @param {string} name */
export function isReport(name) {
  return NAME.test(name);
}

/**
 * Judge the newest report among some files.
 *
 * @param {{files: [string, Uint8Array][], at: number}} asked
 * @param {import("./verify.js").Draw | null} draw the draw that the page shows
 */
export async function judgeReport({ files, at: now }, draw) {
  const given = new Map(files);
  const name = [...given.keys()].filter(isReport).sort(byNumber).at(-1);
  if (name === undefined) return { missing: true };
  const folder = name.slice(0, name.lastIndexOf("/") + 1);
  /** @type {any} */
  let report = null;
  /** @type {Record<typeof REPORT_STEPS[number], () => Promise<string | void>>} */
  const checks = {
    form: async () => {
      const read = readCanonical(/** @type {Uint8Array} */ (given.get(name)), name);
      checkForm(read, name);
      report = read;
    },
    places: async () => report.places.forEach(checkPlace(report)),
    state: async () => demand(report.state === stateOf(report.places), "state"),
    time: async () => demand(at(report.made_at) <= now, "made_at is ahead of now"),
    signature: async () => {
      const pem = given.get(`${folder}evidence.pem`) ?? draw?.files.get("evidence.pem");
      const signature = given.get(`${name}.sig`);
      if (!pem || !signature) return "no-signature";
      const key = await readKey(pem);
      demand(key.hash === report.evidence_key, "evidence.pem: not the key of the report");
      demand(await key.verifies(/** @type {Uint8Array} */ (given.get(name)), signature), `${name}.sig: not by the key`);
      return undefined;
    },
    draw: async () => (draw?.record ? checkDraw(report, draw) : "no-draw"),
  };
  /** @type {{id: string, state: import("./verify.js").State, why?: string, detail?: string}[]} */
  const steps = [];
  for (const id of REPORT_STEPS) {
    if (steps.some((step) => step.state === "bad")) {
      steps.push({ id, state: "unchecked", why: "stopped" });
      continue;
    }
    try {
      const why = await checks[id]();
      steps.push(why ? { id, state: "unchecked", why } : { id, state: "ok" });
    } catch (error) {
      steps.push({ id, state: "bad", detail: error instanceof Wrong ? error.detail : String(error) });
    }
  }
  return { name, report, steps, hash: await hash(/** @type {Uint8Array} */ (given.get(name))) };
}

/** @param {string} one @param {string} other */
function byNumber(one, other) {
  const [first, second] = [one, other].map((name) => Number(NAME.exec(name)?.[1] ?? 0));
  return first - second || (one < other ? -1 : 1);
}

/** @param {any} report @param {string} name */
function checkForm(report, name) {
  demand(isObject(report) && SPECS.includes(report.spec), `${name}: spec`);
  for (const field of ["campaign", "title", "subjects"]) demand(typeof report[field] === "string" && report[field], `${name}: ${field}`);
  demand(Number.isSafeInteger(report.number) && report.number >= 1, `${name}: number`);
  const named = NAME.exec(name)?.[1];
  demand(named === undefined || Number(named) === report.number, `${name}: the number of its name`);
  demand(seconds(report.made_at) !== null, `${name}: made_at`);
  for (const field of ["commitment_hash", "record_hash", "evidence_key"]) {
    const value = report[field];
    demand((value === null && field !== "evidence_key") || /^[0-9a-f]{64}$/.test(value), `${name}: ${field}`);
  }
  for (const field of ["addressee", "contractor", "handling", "journal"]) demand(isObject(report[field]), `${name}: ${field}`);
  for (const field of ["places", "kept", "items"]) demand(Array.isArray(report[field]), `${name}: ${field}`);
  demand([...report.places, ...report.kept].every((one) => isObject(one) && typeof one.name === "string"), `${name}: a place`);
  const ids = [...report.places, ...report.kept].map((one) => one.id);
  demand(ids.every((id) => /^[a-z0-9][a-z0-9_-]{0,63}$/.test(id)) && new Set(ids).size === ids.length, `${name}: an id`);
  for (const id of NEEDED) demand(ids.includes(id), `${name}: no place ${id}`);
  for (const kind of ["time", "key"]) demand(report.places.some((/** @type {any} */ one) => one.kind === kind), `${name}: no place of the kind ${kind}`);
}

/** @param {any} report @returns {(place: any) => void} */
function checkPlace(report) {
  const made = at(report.made_at);
  const isFirst = report.spec === SPECS[0];
  return (place) => {
    const { id, kind, state, after, before, attestation, until } = place;
    const fits = (/** @type {unknown} */ holds) => demand(holds, `places.${id}: ${state}`);
    fits(KINDS.includes(kind) && STATES.includes(state) && !(isFirst && state === "declared"));
    for (const number of [before, after]) fits(number === null || (Number.isSafeInteger(number) && number >= 0));
    for (const time of [place.erased_at, place.read_at, until]) fits(time === null || seconds(time) !== null);
    for (const time of [place.erased_at, place.read_at, attestation?.at ?? null]) fits(time === null || at(time) <= made);
    fits(place.erased_at === null || (place.read_at !== null && at(place.erased_at) <= at(place.read_at)) || state === "unread" || kind === "person");
    fits(after === null || (place.read_at !== null && made - at(place.read_at) <= 86400));
    fits(attestation === null || kind === "person" || kind === "unknown");
    const empty = after === null || after === 0;
    const gone = kind === "time" ? after !== null : kind === "person" || kind === "unknown" ? attestation !== null : after === 0 && (place.erased_at !== null || before === 0);
    const isPast = until === null || at(until) <= made;
    /** @type {Record<string, () => boolean>} */
    const demands = {
      waiting: () => place.erased_at === null && until === null && attestation === null,
      open: () => after >= 1 && (kind !== "unknown" || attestation === null),
      unread: () => place.read_at === null && after === null,
      unattested: () => attestation === null && empty && (kind === "person" || kind === "unknown"),
      window: () => until !== null && at(until) > made && gone,
      done: () => isPast && gone && (kind === "unknown" ? after !== null : isFirst ? empty : after === 0),
      declared: () => isPast && attestation !== null && (kind === "unknown" ? after !== null : kind === "person" && after === null),
      none: () => empty && (before === null || before === 0) && place.erased_at === null && until === null && attestation === null,
    };
    fits(demands[state]());
  };
}

/** @param {any[]} places */
export function stateOf(places) {
  if (places.every((place) => FINISHED.includes(place.state))) return "complete";
  const ours = places.filter((place) => place.kind === "program" || place.kind === "key");
  const isGone = (/** @type {any} */ place) =>
    ["window", "done", "none"].includes(place.state) ||
    (place.state === "unread" && (place.erased_at !== null || (place.before === 0 && "passed" in place)));
  return ours.every(isGone) ? "partial" : "scheduled";
}

/** @param {any} report @param {import("./verify.js").Draw} draw */
function checkDraw(report, draw) {
  demand(report.campaign === draw.rules.campaign, "campaign: another draw");
  demand(report.evidence_key === draw.rules.evidence_key, "evidence_key: not the draw's");
  for (const [field, name] of [["commitment_hash", "commitment.json"], ["record_hash", "record.json"]]) {
    demand(report[field] === null || report[field] === draw.hashes[name], `${field}: another draw`);
  }
  if (report.commitment_hash === null || report.record_hash === null) return "no-draw-named";
  demand(at(report.made_at) >= at(draw.record.drawn_at), "made_at: before the draw");
  const received = report.places.find((/** @type {any} */ place) => place.id === "responses")?.before ?? null;
  demand(received === null || received === draw.commitment.received, "places.responses: before");
  return undefined;
}
