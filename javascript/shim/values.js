
/* ---- values (activities 12.2, 12.3) ---------------------------------------
 * A value between session and script is null, or [letter, content]: s text,
 * b boolean, n number as text, d milliseconds, o object, l list, f flow; and
 * only from scripts x, what is none of these. */

function toScript(value) {
    if (value === null) return undefined;
    switch (value[0]) {
    case "n": return new Big(value[1]);
    case "d": return new ScriptDate(value[1]);
    case "o": return wrap(value[1], value[2]);
    case "l": return value[1].map(toScript);
    case "f": return flowFunction(value[1], value[2]);
    default: return value[1];
    }
}

/* A Big of this or of another copy of the library: plain digits. */
function isBig(value) {
    return value instanceof Big || (Array.isArray(value.c) &&
        typeof value.e === "number" && typeof value.toFixed === "function");
}

function objectToWire(value, depth) {
    if (value instanceof MxObject) return ["o", value._guid];
    if (value instanceof RealDate) return ["d", value.getTime()];
    if (Array.isArray(value))
        return depth ? ["x", "a list inside a list"]
            : ["l", value.map((item) => toWire(item, 1))];
    if (isBig(value)) return ["n", value.toFixed()];
    if (value instanceof String || value instanceof Number ||
        value instanceof Boolean)
        return toWire(value.valueOf(), depth);
    return ["x", "an object that is no Mendix object"];
}

function toWire(value, depth = 0) {
    switch (typeof value) {
    case "undefined": return null;
    case "string": return ["s", value];
    case "boolean": return ["b", value];
    case "number": return ["n", String(value)];
    case "bigint": return ["n", String(value)];
    case "object":
        return value === null ? null : objectToWire(value, depth);
    default: return ["x", "a " + typeof value];
    }
}
