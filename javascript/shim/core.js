/* The parts of the shim are one function, which takes the three words of the
 * program (ask, compile, collect) and gives what the program calls. Scripts can
 * reach none of it: they see what globals.js puts into the global object. What
 * the shim itself needs is kept here before a script could replace it. */
(function (native) {
"use strict";
const script = globalThis;
const Big = script.Big;
delete script.Big;
const parseJson = JSON.parse;
const printJson = JSON.stringify;
const keysOf = Object.keys;
const isArray = Array.isArray;
const RealDate = Date;
const RealPromise = Promise;
const resolved = Promise.resolve.bind(Promise);
const then = Promise.prototype.then;
const apply = Reflect.apply;

/* JSON of what the shim makes itself. JSON.stringify would ask it for toJSON,
 * and libraries give that to all arrays or objects. */
function toJson(value) {
    if (typeof value !== "object" || value === null)
        return value === undefined ? "null" : printJson(value);
    let out = "";
    if (isArray(value)) {
        for (let i = 0; i < value.length; i++)
            out += (i ? "," : "") + toJson(value[i]);
        return "[" + out + "]";
    }
    const keys = keysOf(value);
    for (let i = 0; i < keys.length; i++)
        if (value[keys[i]] !== undefined)
            out += (out ? "," : "") + printJson(keys[i]) + ":" +
                toJson(value[keys[i]]);
    return "{" + out + "}";
}

/* Asks the session; what it refuses is thrown. */
function host(name, question) {
    return parseJson(native.ask(name, toJson(question)))[0];
}

/* A text for people, whatever a script threw (activities J20). */
function textOf(value, otherwise) {
    try {
        if (value === undefined || value === null) return otherwise;
        if (typeof value === "object" && typeof value.message === "string")
            return value.message;
        return String(value);
    } catch (unprintable) {
        return otherwise;
    }
}

/* What an action needs and can't have here: js_unavailable. */
class Unavailable extends Error {}

function log(level, text) {
    host("log", { level, text });
}

function define(object, members) {
    for (const name of Object.keys(members))
        Object.defineProperty(object, name, { value: members[name],
            writable: true, configurable: true, enumerable: false });
}

/* What the session told at the start: user, language, platform … */
const session = {};
