/** Checks in a worker, so that the page answers while a hundred thousand labels are ranked. */

import { verify } from "./verify.js";
import { search, standing } from "./search.js";
import { judgeReport } from "./erasure.js";

/** @type {import("./verify.js").Draw | null} */
let draw = null;

self.onmessage = async ({ data }) => {
  if (data.search !== undefined) {
    self.postMessage({ searched: draw ? search(draw, data.search) : null, number: data.number });
    return;
  }
  if (data.report !== undefined) {
    self.postMessage({ reported: await judgeReport(data.report, draw) });
    return;
  }
  const { files, at, wholeFolder } = data;
  draw = await verify(
    new Map(files),
    { at, wholeFolder },
    (step) => self.postMessage({ step }),
    (done, all) => self.postMessage({ done, all }),
  );
  self.postMessage({ draw: viewOf(draw) });
};

/** What the page shows; the pool stays here. @param {import("./verify.js").Draw} checked */
function viewOf(checked) {
  const stood = checked.steps.find((step) => step.id === "awards")?.state === "ok";
  const places = [];
  if (stood) {
    for (const award of checked.record.awards) {
      for (const kind of /** @type {const} */ (["winners", "reserves"])) {
        award[kind].forEach((/** @type {string} */ label, /** @type {number} */ index) => {
          const place = { prize: award.prize, kind, index };
          places.push({ label, ...place, ...standing(checked, label, place) });
        });
      }
    }
  }
  return {
    steps: checked.steps,
    hashes: checked.hashes,
    rules: checked.rules,
    commitment: checked.commitment,
    randomness: checked.record?.randomness ?? null,
    drawnAt: checked.record?.drawn_at ?? null,
    seed: checked.record?.seed ?? null,
    places,
    changes: checked.afterwards?.changes ?? [],
    movedUp: checked.afterwards?.holding.movedUp ?? new Map(),
  };
}
