/**
 * Bundle the page into one file: `node build.mjs OUT`. The same sources and packages give the same bytes.
 *
 * Two steps: the worker first, which becomes a text in the page's own script.
 */

import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const SOURCES = join(dirname(fileURLToPath(import.meta.url)), "src");

/** @param {string} entry @param {Record<string, string>} define */
async function bundle(entry, define) {
  const { outputFiles } = await build({
    entryPoints: [join(SOURCES, entry)],
    absWorkingDir: dirname(SOURCES),
    bundle: true,
    write: false,
    minify: true,
    charset: "ascii",
    format: "iife",
    target: ["chrome100", "firefox100", "safari16"],
    legalComments: "inline",
    define,
  });
  const text = outputFiles[0].text.trimEnd();
  if (/<!--|<\/?script/i.test(text)) throw new Error("a script that looks like its own end");
  return text;
}

/** @param {string} text */
function digest(text) {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

const worker = await bundle("worker.js", {});
const script = await bundle("page/main.js", { "globalThis.__WORKER__": JSON.stringify(worker) });
const style = (await readFile(join(SOURCES, "page/page.css"), "utf8")).trim();
const policy = [
  "default-src 'none'",
  `script-src ${digest(script)}`,
  `style-src ${digest(style)}`,
  "worker-src blob:",
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
const template = await readFile(join(SOURCES, "page/page.html"), "utf8");
const parts = /** @type {Record<string, string>} */ ({ POLICY: policy, STYLE: style, SCRIPT: script });
const page = template.replaceAll(/@(POLICY|STYLE|SCRIPT)@/g, (_, name) => parts[name]);
await writeFile(process.argv[2], page);
