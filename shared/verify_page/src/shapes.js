/** What a field may hold (docs/draw.md, section 1.1). Each function returns the value, or throws `Wrong`. */

import { demand } from "./bytes.js";

export const LABEL = /^[0-9a-hjkmnp-tv-z]{26}$/;

/** @typedef {(value: any, where: string) => any} Shape */

/**
 * An object with exactly these fields; those of *optional* may be missing.
 *
 * @param {Record<string, Shape>} fields
 * @param {Record<string, Shape>} [optional]
 * @returns {Shape}
 */
export function object(fields, optional = {}) {
  return (value, where) => {
    demand(isObject(value), `${where}: no object`);
    for (const key of Object.keys(value)) {
      demand(Object.hasOwn(fields, key) || Object.hasOwn(optional, key), `${where}: a field that is not specified`);
    }
    for (const [key, shape] of Object.entries(fields)) {
      demand(Object.hasOwn(value, key), `${where}.${key}: missing`);
      shape(value[key], `${where}.${key}`);
    }
    for (const [key, shape] of Object.entries(optional)) {
      if (Object.hasOwn(value, key)) shape(value[key], `${where}.${key}`);
    }
    return value;
  };
}

/** @param {unknown} value @returns {value is Record<string, any>} */
export function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** @type {Shape} */
export function anyObject(value, where) {
  demand(isObject(value), `${where}: no object`);
  return value;
}

/** @param {Shape} shape @param {number} [least] @returns {Shape} */
export function list(shape, least = 0) {
  return (value, where) => {
    demand(Array.isArray(value) && value.length >= least, `${where}: no list, or too short`);
    value.forEach((/** @type {unknown} */ one, /** @type {number} */ at) => shape(one, `${where}[${at}]`));
    return value;
  };
}

/** @type {Shape} */
export function text(value, where) {
  demand(typeof value === "string" && value !== "", `${where}: no text`);
  return value;
}

/** @param {...unknown} values @returns {Shape} */
export function oneOf(...values) {
  return (value, where) => {
    demand(values.includes(value), `${where}: not one of ${values.join(", ")}`);
    return value;
  };
}

/** @param {RegExp} pattern @returns {Shape} */
export function matching(pattern) {
  return (value, where) => {
    demand(typeof value === "string" && pattern.test(value), `${where}: not of the form`);
    return value;
  };
}

/** @param {number} least bytes @param {number} [most] @returns {Shape} */
export function binary(least, most = least) {
  return matching(new RegExp(`^(?:[0-9a-f]{2}){${least},${most}}$`));
}

/** @param {number} least @returns {Shape} */
export function integer(least) {
  return (value, where) => {
    demand(typeof value === "number" && Number.isSafeInteger(value) && value >= least, `${where}: no such number`);
    return value;
  };
}

export const count = integer(0);
export const hashed = binary(32);
export const label = matching(LABEL);

/** @type {Shape} */
export function time(value, where) {
  demand(seconds(value) !== null, `${where}: no time`);
  return value;
}

/**
 * Return a time as Unix seconds, or null if it is none.
 *
 * @param {unknown} value
 */
export function seconds(value) {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value) || value.startsWith("0000")) return null;
  const milliseconds = Date.parse(value);
  if (Number.isNaN(milliseconds) || instant(milliseconds / 1000) !== value) return null;
  return milliseconds / 1000;
}

/** @param {string} value a time that was checked */
export function at(value) {
  return /** @type {number} */ (seconds(value));
}

/** @param {number} unix */
export function instant(unix) {
  return new Date(unix * 1000).toISOString().replace(".000Z", "Z");
}
