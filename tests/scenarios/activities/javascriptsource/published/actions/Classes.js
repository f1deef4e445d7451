"use strict";
var __awaiter = (this && this.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};
Object.defineProperty(exports, "__esModule", { value: true });
exports.Later = exports.Count = void 0;
const big_js_1 = require("big.js");
function Later(value) {
    var _a;
    return __awaiter(this, void 0, void 0, function* () {
        const waited = yield new Promise(resolve => setTimeout(() => resolve(value), 20));
        return new big_js_1.Big((_a = waited) !== null && _a !== void 0 ? _a : 0).times(2);
    });
}
exports.Later = Later;
class Counter {
    static #made = 0;
    #n = 0;
    get n() { return this.#n; }
    static { Counter.first = /[/]\/{2}/g.source; }
    async *upTo(end) { while (this.#n < end) yield ++this.#n; }
    static make() { Counter.#made++; return new Counter(); }
    static get made() { return Counter.#made; }
}
exports.Count = async function (end) {
    let sum = 0;
    label: for await (const n of Counter.make().upTo(end)) {
        if (n % 2) continue label;
        sum += n;
    }
    const x = { sum, [`made${Counter.made}`]: 1 }, y = x?.["sum"] ?? 0;
    return `${y}${`/${Object.keys(x).length /2}`}${1_000n}`;
};
