/* jshint node: true */
import { create } from "mx-api/data";
import Words from "./support/words";

"use strict";

const kept = new Map();
const keyOf = (object) => "kept_" + object.getGuid();
const make = async (name) => {
    const object = await create({ entity: "T.Item" });
    object.set("Name", name);
    kept.set(keyOf(object), object);
    return object;
};

const Kept = {
    make(name) { return make(name); },
    count() { return kept.size; },
    words: Words,
};

module.exports = Kept;
