/** Where the files come from: a dropped folder, chosen files, or what lies beside this page on a web site. */

import { isReport } from "../erasure.js";

/** @typedef {[string, Uint8Array][]} Named bytes by path */
/** @typedef {{draw: Named | null, wholeFolder: boolean, all: Named}} Given */

const LABELLED = /^[0-9a-hjkmnp-tv-z]{26}(?:\.restored)?\.json(?:\.sig)?$/;
const TOP = ["rules.json", "pool.txt", "commitment.json", "record.json", "randomness.json"];
const SIGNED = ["rules.json", "commitment.json", "record.json", "randomness.json"];
const AT_ONCE = 8;

/**
 * @param {Named} all every file that was given
 * @returns {Given} of the draw, names as in its folder; null if there is none
 */
export function sort(all) {
  const rules = all.map(([path]) => path).filter((path) => /(^|\/)rules\.json$/.test(path)).sort((one, other) => one.length - other.length)[0]
    ?? all.map(([path]) => path).filter((path) => /(^|\/)(record|commitment)\.json$/.test(path)).sort((one, other) => one.length - other.length)[0];
  if (rules === undefined) return { draw: null, wholeFolder: true, all };
  const folder = rules.slice(0, rules.lastIndexOf("/") + 1);
  const isFlat = !all.some(([path]) => path.startsWith(`${folder}forfeits/`));
  const draw = all
    .filter(([path]) => path.startsWith(folder))
    .map(([path, bytes]) => /** @type {[string, Uint8Array]} */ ([path.slice(folder.length), bytes]))
    .map(([name, bytes]) => /** @type {[string, Uint8Array]} */ ([isFlat && LABELLED.test(name) ? `forfeits/${name}` : name, bytes]));
  return { draw, wholeFolder: true, all };
}

/** @param {Iterable<File>} chosen @returns {Promise<Named>} */
export async function readChosen(chosen) {
  return Promise.all([...chosen].map(async (file) => /** @type {[string, Uint8Array]} */ ([
    file.webkitRelativePath || file.name,
    new Uint8Array(await file.arrayBuffer()),
  ])));
}

/** @param {DataTransfer} dropped @returns {Promise<Named>} */
export async function readDropped(dropped) {
  const entries = [...dropped.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return readChosen(dropped.files);
  /** @type {Named} */
  const found = [];
  for (const entry of entries) await walk(entry, "", found);
  return found;
}

/** @param {any} entry @param {string} folder @param {Named} found */
async function walk(entry, folder, found) {
  const path = `${folder}${entry.name}`;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push([path, new Uint8Array(await file.arrayBuffer())]);
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const one of some) await walk(one, `${path}/`, found);
  }
}

/**
 * Read the files beside this page, or in `published/` beside it. A site tells no list of files, so each place of the
 * record is asked for a forfeit.
 *
 * @returns {Promise<Given | null>} null if there is no draw, or this page is no part of a web site
 */
export async function readBeside() {
  if (!/^https?:$/.test(location.protocol)) return null;
  for (const folder of ["./", "./published/"]) {
    const rules = await get(`${folder}rules.json`);
    if (rules === null) continue;
    const names = [...TOP.slice(1), ...SIGNED.map((name) => `${name}.sig`), "evidence.pem"];
    /** @type {Named} */
    const draw = [["rules.json", rules], ...(await getAll(folder, names))];
    const labels = placesOf(draw.find(([name]) => name === "record.json")?.[1]);
    const forfeits = await getAll(folder, labels.map((label) => `forfeits/${label}.json`));
    const more = forfeits.flatMap(([name]) => [`${name}.sig`, name.replace(".json", ".restored.json")]);
    const signed = await getAll(folder, more);
    const returns = signed.filter(([name]) => name.endsWith(".restored.json")).map(([name]) => `${name}.sig`);
    const all = [...draw, ...forfeits, ...signed, ...(await getAll(folder, returns))];
    return { draw: all, wholeFolder: false, all };
  }
  return null;
}

/** @param {Uint8Array | undefined} record @returns {string[]} */
function placesOf(record) {
  try {
    const { awards } = JSON.parse(new TextDecoder().decode(record));
    return awards.flatMap((/** @type {any} */ award) => [...award.winners, ...award.reserves]).filter((/** @type {any} */ label) => /^[0-9a-z]{26}$/.test(label));
  } catch {
    return []; // The check of the record says what is wrong with it.
  }
}

/** @param {string} url */
async function get(url) {
  const answer = await fetch(url, { cache: "no-store", redirect: "error" }).catch(() => null);
  if (answer === null || !answer.ok) return null;
  return new Uint8Array(await answer.arrayBuffer());
}

/** @param {string} folder @param {string[]} names @returns {Promise<Named>} those that are there */
async function getAll(folder, names) {
  const waiting = [...names];
  /** @type {Named} */
  const found = [];
  const take = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const bytes = await get(`${folder}${name}`);
      if (bytes !== null) found.push([name, bytes]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, take));
  return found;
}

/** @param {Named} all */
export function hasReport(all) {
  return all.some(([path]) => isReport(path));
}
