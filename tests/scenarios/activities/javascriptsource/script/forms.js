#!/usr/bin/env node
// What sources may hold, and what only looks like import and export: import x from "y";
import dflt, * as every from "./forms-from.js"; import { default as again, a as renamed, "a name" as named } from './forms-from.js';
import {} from "./forms-from.js"
import "./forms-from.js"
import from from "./forms-from.js"; import as, { as as as2, of } from "./forms-from.js"; import type from "./forms-from.js";
import {
    // export { gone };
    c, /* import { gone } */
    d as
        last,
} from "./forms-from.js" ;;

// BEGIN EXTRA CODE
let x = 4, g = 2, i = 1;
const divided = x / g / i, text = `export ${`${ /}/.test("}") } import {`} "`, keys = { import: 1, export: 2, if: 8 };
const again2 = x
/g/i
const member = keys.if / 2 / 1, kind = typeof /export {/, pattern = /[/\]'"`]import/gi, found = "a/b".split(/\//).length;
if (x) /import/.test("x"); do /x/.test("x"); while (/y/.test("z"))
label: /export/.test("y");
class Kept {
    #x = 1; static #y = 2; static { this.z = Kept.#y + 1; }
    static import() { return "method"; } export() { return this.#x ?? 0; } static has(o) { return #x in o; }
    static async load() { return import("./forms-from.js"); } import = 5; static default = 7;
}
let counted = 0; outer: for (const n of [1, 2]) { for (;;) { counted += n; continue outer; } }
let set; set ??= 5; set ||= 6; set &&= 1_000n ** 2n;
// END EXTRA CODE

export default async function ({ y = 1, ...rest } = {}, [p, q = y] = [], ...more) {
    return [dflt(), every.c, again(), renamed, named, from(), as(), as2, of, type(), c, last, y, q, rest.z, more.length].join();
}
export async function Named(a = { import: 1, export: 2 }, { b: { e = `export ${a.import}` } = {} } = {}) { return a.import + e; }
export
const
    { length, ...others } = "abc", [first = 1, , third] = [undefined, 2, 3], fn = function () { return 1 }
    , arrow = (a, b) => { return a
    }
    , end = 5
export var one, two = 2
    , three
export class K extends (class { v = 1 }) {} export function* gen() {} export async function * gens() {}
export { Kept as if, x as "x y" }; export * as everything from "./forms-from.js"; export { d as default2 } from "./forms-from.js"
export const signs = [divided, text, again2, member, kind, pattern.source, found].join("|");
export const classes = [Kept.z, new Kept().export(), Kept.import(), Kept.has(new Kept()), Kept.has({}), (await Kept.load()).a, new Kept().import, Kept.default, counted, set].join();
export const lists = [length, first, third, fn(), arrow(6), end, one, two, three, new K().v].join();
// These can be read as calls and indexes of something named await.
export const waited = await (async () => "called")();
if (waited) { globalThis.listed = await [1]; globalThis.signed = [await +3, await `t`]; }
for await (const n of [1]) globalThis.signed.push(n, this === undefined, typeof import.meta.url);
