
/* ---- structuredClone ----------------------------------------------------------- */

function refuseClone(what) {
    throw new DOMException(what + " can't be cloned.", "DataCloneError");
}

/* Copies of what holds nothing else; undefined: it may hold something. */
function cloneLeaf(value) {
    if (value instanceof MxObject) refuseClone("A Mendix object");
    if (value instanceof RealDate) return new ScriptDate(value.getTime());
    if (value instanceof RegExp) return new RegExp(value.source, value.flags);
    if (value instanceof ArrayBuffer) return value.slice(0);
    if (value instanceof Blob) return value;
    if (value instanceof DataView)
        return new DataView(value.buffer.slice(0), value.byteOffset,
            value.byteLength);
    if (ArrayBuffer.isView(value)) return value.slice();
    if (value instanceof String || value instanceof Number ||
        value instanceof Boolean)
        return Object(value.valueOf());
    return undefined;
}

function cloneError(value) {
    const kinds = { EvalError, RangeError, ReferenceError, SyntaxError,
        TypeError, URIError };
    const made = new (kinds[value.name] ?? Error)(value.message);
    if (value.cause !== undefined) define(made, { cause: value.cause });
    return made;
}

function cloneInto(seen, value) {
    if (typeof value === "function" || typeof value === "symbol")
        refuseClone(String(value));
    if (typeof value !== "object" || value === null) return value;
    if (seen.has(value)) return seen.get(value);
    const leaf = cloneLeaf(value);
    const made = leaf ?? (value instanceof Map ? new Map()
        : value instanceof Set ? new Set()
        : value instanceof Error ? cloneError(value)
        : isArray(value) ? new Array(value.length) : {});
    seen.set(value, made);
    if (leaf !== undefined || value instanceof Error) return made;
    if (value instanceof Map)
        for (const [key, item] of value)
            made.set(cloneInto(seen, key), cloneInto(seen, item));
    else if (value instanceof Set)
        for (const item of value) made.add(cloneInto(seen, item));
    else
        for (const key of keysOf(value)) made[key] = cloneInto(seen, value[key]);
    return made;
}

define(script, { structuredClone: (value) => cloneInto(new Map(), value) });
