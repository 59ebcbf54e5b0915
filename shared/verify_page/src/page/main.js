/** The page: what a person does, and what is shown then. */

import { holdAgainst } from "./anchor.js";
import { byId, fill } from "./dom.js";
import { showNotice } from "./notice.js";
import { hasReport, readBeside, readChosen, readDropped, sort } from "./reading.js";
import { showAnchor, showFound, showReport, showResult, showSteps, showVerdict, showWords } from "./show.js";
import { STEPS } from "../verify.js";
import { EN } from "./words_en.js";
import { JA } from "./words_ja.js";

/** Put in by the build: the worker, bundled. */
const WORKER = globalThis.__WORKER__;

const page = {
  words: JA,
  /** @type {import("../verify.js").Step[]} */
  steps: [],
  /** @type {any} */
  draw: null,
  /** @type {any} */
  report: null,
  /** @type {any} */
  found: null,
  typed: "",
  /** @type {[string, string] | null} */
  said: null,
  searches: 0,
};

/** @type {Worker | null} */
let worker = null;

function startWorker() {
  worker?.terminate();
  const address = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" }));
  worker = new Worker(address);
  URL.revokeObjectURL(address);
  worker.onmessage = ({ data }) => hear(data);
  worker.onerror = () => say("crashed");
  return worker;
}

/** @param {any} data what the worker tells */
function hear(data) {
  if (data.step) {
    page.steps.push(data.step);
    showSteps(page.words, allSteps());
  } else if (data.done !== undefined) {
    byId("progress").textContent = page.words.ranking(data.done, data.all);
  } else if (data.draw) {
    page.draw = data.draw;
    page.draw.hashes.key = data.draw.rules?.evidence_key;
    say(null);
    showAll();
  } else if (data.reported) {
    page.report = data.reported;
    showReport(page.words, page.report);
  } else if (data.number === page.searches) {
    page.found = data.searched;
    showFound(page.words, page.found, page.draw);
  }
}

/** What the anchor says; the files must stand first. */
function anchored() {
  return holdAgainst(page.typed, page.draw?.hashes ?? {});
}

/** @returns {"running" | "bad" | "consistent" | "proven"} */
function verdict() {
  if (!page.draw) return "running";
  const anchor = anchored();
  if (page.steps.some((step) => step.state === "bad") || anchor.state === "bad") return "bad";
  return anchor.state === "ok" && !page.steps.some((step) => step.state === "unchecked") ? "proven" : "consistent";
}

/** @returns {(import("../verify.js").Step | {id: string, state: "waiting"})[]} with the anchor, and those to come */
function allSteps() {
  const waiting = STEPS.slice(page.steps.length).map((id) => ({ id, state: /** @type {const} */ ("waiting") }));
  const stopped = page.steps.some((step) => step.state === "bad");
  const anchor = anchored();
  const last = !page.draw
    ? { id: "anchor", state: /** @type {const} */ ("waiting") }
    : {
        id: "anchor",
        state: anchor.state === "left" ? /** @type {const} */ ("unchecked") : stopped && anchor.state === "ok" ? /** @type {const} */ ("unchecked") : anchor.state,
        why: stopped && anchor.state === "ok" ? "stopped" : anchor.state !== "left" ? undefined : anchor.same.length > 0 ? "half-anchor" : "no-anchor",
      };
  return [...page.steps, ...waiting, last];
}

function showAll() {
  const { words, draw } = page;
  const steps = allSteps();
  showVerdict(words, verdict(), steps, anchored());
  showSteps(words, steps);
  if (!draw) return;
  showResult(words, draw);
  showAnchor(words, anchored(), draw.hashes);
  showFound(words, page.found, draw);
  showNotice(words, draw, verdict(), anchored().state === "ok");
  for (const id of ["result", "anchor", "search"]) byId(id).hidden = false;
}

/** @param {import("./reading.js").Given} given */
function check(given) {
  if (given.draw === null) {
    if (!hasReport(given.all)) say("noFiles");
    return;
  }
  page.steps = [];
  page.draw = null;
  page.found = null;
  fill("notice");
  for (const id of ["result", "anchor", "search"]) byId(id).hidden = true;
  for (const id of ["verdict", "steps"]) byId(id).hidden = false;
  say("reading");
  showAll();
  const at = Math.floor(Date.now() / 1000);
  startWorker().postMessage({ files: given.draw, at, wholeFolder: given.wholeFolder });
}

/** @param {[string, Uint8Array][]} files */
function checkReport(files) {
  (worker ?? startWorker()).postMessage({ report: { files, at: Math.floor(Date.now() / 1000) } });
}

/** @param {Promise<[string, Uint8Array][]>} reading */
async function take(reading) {
  say("reading");
  try {
    const all = await reading;
    say(null);
    check(sort(all));
    if (hasReport(all)) checkReport(all);
  } catch {
    say("unreadable");
  }
}

/** @param {"reading" | "unreadable" | "noFiles" | "insecure" | "crashed" | null} what */
function say(what) {
  byId("progress").textContent = what === null ? "" : page.words[what];
}

/** @param {typeof JA} words */
function speak(words) {
  page.words = words;
  showWords(words);
  if (page.draw || page.steps.length > 0) showAll();
  if (page.report) showReport(words, page.report);
}

/** @param {string} id @param {(files: File[]) => void} then */
function onChosen(id, then) {
  const input = /** @type {HTMLInputElement} */ (byId(id));
  input.addEventListener("change", () => {
    if (input.files?.length) then([...input.files]);
    input.value = "";
  });
}

async function begin() {
  speak(JA);
  byId("language").addEventListener("click", () => speak(page.words === JA ? EN : JA));
  byId("print").addEventListener("click", () => window.print());
  onChosen("folder", (files) => void take(readChosen(files)));
  onChosen("files", (files) => void take(readChosen(files)));
  onChosen("report-files", async (files) => {
    const all = await readChosen(files);
    checkReport(all);
  });
  byId("anchor-typed").addEventListener("input", (event) => {
    page.typed = /** @type {HTMLTextAreaElement} */ (event.target).value;
    showAll();
  });
  byId("search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    page.searches += 1;
    worker?.postMessage({ search: /** @type {HTMLInputElement} */ (byId("search-typed")).value, number: page.searches });
  });
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      document.body.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) document.body.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("over");
    if (event.dataTransfer) void take(readDropped(event.dataTransfer));
  });
  if (!globalThis.crypto?.subtle) {
    say("insecure");
    return;
  }
  const beside = await readBeside();
  if (beside !== null && !page.draw) check(beside);
}

void begin();
