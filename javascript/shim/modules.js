
/* ---- modules (activities 12.5) ---------------------------------------------
 * The session finds and rewrites sources; here they are joined. A module runs
 * once and is shared by all actions (J18). */

const modules = new Map(); // by path
const stubs = new Map();   // by name

function folderOf(path) {
    return path.slice(0, path.lastIndexOf("/") + 1);
}

/* "a/b/../c" as "a/c"; null if it leads out. */
function normal(path) {
    const parts = [];
    for (const part of path.split("/")) {
        if (part === "..") {
            if (!parts.length) return null;
            parts.pop();
        } else if (part !== "." && part !== "") {
            parts.push(part);
        }
    }
    return parts.join("/");
}

const ENDINGS = ["", ".js", ".mjs", ".cjs", ".json", "/index.js"];

/* The first that exists, as the session gives it; null. */
function source(paths) {
    const found = paths.map(normal).filter((path) => path);
    return found.length ? host("source", found) : null;
}
function sourceNear(path) {
    return source(ENDINGS.map((ending) => path + ending));
}

/* What a package gives under "exports": of conditions the first that holds. */
function choose(target) {
    if (typeof target === "string") return target;
    if (Array.isArray(target)) return target.map(choose).find((t) => t);
    if (target === null || typeof target !== "object") return undefined;
    const here = session.platform === "native" ? "react-native" : "browser";
    const holding = Object.keys(target).filter((key) =>
        [here, "import", "module", "default"].includes(key));
    for (const key of [...holding, "require"]) {
        const chosen = choose(target[key]);
        if (chosen) return chosen;
    }
    return undefined;
}

/* The file of `at` ("." or "./part") by the field "exports"; undefined. */
function exportedFile(exports, at) {
    const whole = typeof exports === "string" || Array.isArray(exports) ||
        !Object.keys(exports).some((key) => key.startsWith("."));
    if (whole) return at === "." ? choose(exports) : undefined;
    if (at in exports) return choose(exports[at]);
    for (const key of Object.keys(exports)) {
        const [head, tail] = key.split("*");
        if (tail === undefined || !at.startsWith(head) || !at.endsWith(tail) ||
            at.length < head.length + tail.length)
            continue;
        const chosen = choose(exports[key]);
        return chosen && chosen.replaceAll("*",
            at.slice(head.length, at.length - tail.length));
    }
    return undefined;
}

/* A package in a folder node_modules of this or an outer folder. */
function packageSource(from, name) {
    const parts = name.split("/");
    const length = name.startsWith("@") ? 2 : 1;
    const base = parts.slice(0, length).join("/");
    const rest = parts.slice(length).join("/");
    for (let folder = folderOf(from); ; folder = folderOf(folder.slice(0, -1))) {
        const root = folder + "node_modules/" + base;
        const description = source([root + "/package.json"]);
        const fields = description ? Object(parseJson(description.text)) : {};
        const named = fields.exports ? exportedFile(fields.exports,
            rest ? "./" + rest : ".") : undefined;
        if (named) {
            const found = sourceNear(root + "/" + named);
            if (found) return found;
        } else if (rest) {
            const found = sourceNear(root + "/" + rest);
            if (found) return found;
        } else if (description) {
            const main = (typeof fields.browser === "string" &&
                fields.browser) || fields.module || fields.main || "index.js";
            const found = typeof main === "string" &&
                sourceNear(root + "/" + main);
            if (found) return found;
        }
        if (!folder) return null;
    }
}

/* What is not there can be imported; using it fails (J17). */
function stub(name) {
    let made = stubs.get(name);
    if (made) return made;
    const fail = () => {
        throw new Error("the module \"" + name + "\" is not available here; " +
            "if it needs a device, a function of the host or a mock can " +
            "answer for the action");
    };
    const members = new Map();
    const member = (key) => {
        if (typeof key === "symbol" || key === "then" || key === "__esModule")
            return undefined;
        if (!members.has(key))
            members.set(key, new Proxy(function () {}, {
                get: (target, at) => at === "prototype" ? target.prototype
                    : fail(),
                set: fail, apply: fail, construct: fail, has: fail,
            }));
        return members.get(key);
    };
    made = new Proxy(function () {}, { get: (target, key) =>
        key === "prototype" ? target.prototype : member(key),
    set: fail, apply: fail, construct: fail, has: (t, key) =>
        member(key) !== undefined });
    stubs.set(name, made);
    return made;
}

/* The namespace of a script that sets module.exports. */
function namespaceOf(exported) {
    const space = Object.create(null);
    const marked = Object(exported).__esModule === true;
    if (exported !== null &&
        (typeof exported === "object" || typeof exported === "function"))
        for (const key of Object.keys(exported))
            Object.defineProperty(space, key, { enumerable: true,
                configurable: true, get: () => exported[key] });
    if (!marked || !("default" in space))
        Object.defineProperty(space, "default", { enumerable: true,
            configurable: true, get: () => exported });
    return space;
}

const provided = new Map(); // modules of the shim by name

/* {space, exported, done} of what `name` means in the module at `from`. */
function resolveModule(from, name) {
    if (provided.has(name)) return provided.get(name);
    const relative = /^\.{0,2}\//.test(name) || name === "." || name === "..";
    const found = relative ? sourceNear(folderOf(from) + name)
        : packageSource(from, name);
    if (found) return load(found);
    if (relative)
        throw new Unavailable("\"" + name + "\", which " + from +
            " imports, is not there");
    const made = stub(name);
    return { space: made, exported: made, done: true };
}

function load(found) {
    let module = modules.get(found.path);
    if (module) {
        if (module.problem) throw module.problem;
        return module;
    }
    module = { path: found.path, space: Object.create(null),
        exported: undefined, done: false };
    modules.set(found.path, module);
    try {
        if (found.problem) throw new Unavailable(found.problem);
        (found.text !== undefined ? loadData
            : found.module ? loadModule : loadScript)(module, found);
        module.done = true;
    } catch (problem) {
        module.problem = problem instanceof Unavailable ? problem
            : new Unavailable(describe(found.path, problem));
        throw module.problem;
    }
    return module;
}

function describe(path, problem) {
    const line = Object(problem).line;
    return path + (problem instanceof SyntaxError && line ? ":" + line : "") +
        ": " + textOf(problem, "error");
}

function loadData(module, found) {
    module.exported = parseJson(found.text);
    module.space = namespaceOf(module.exported);
}

function helpers(module) {
    return {
        exports(getters) {
            for (const name of Object.keys(getters))
                Object.defineProperty(module.space, name,
                    { enumerable: true, get: getters[name] });
        },
        import(name) {
            return apply(then, resolved(String(name)), [
                (text) => resolveModule(module.path, text).space]);
        },
        meta: { url: "app:///" + module.path },
    };
}

function loadScript(module, found) {
    const object = { exports: {}, id: module.path };
    const require = (name) => {
        const other = resolveModule(module.path, String(name));
        return other.exported !== undefined ? other.exported : other.space;
    };
    const run = native.compile("(function (module, exports, require, __nf) {" +
        found.code + "\n})", module.path);
    run(object, object.exports, require, helpers(module));
    module.exported = object.exports;
    module.space = namespaceOf(object.exports);
}

/* Imports are parameters of the module's function. Among modules that import
 * each other they have to be looked up each time: then they are the members of
 * an object around it. */
function loadModule(module, found) {
    const imports = [], seen = new Map();
    let round = false;
    for (const part of found.imports) {
        const other = resolveModule(module.path, part.from);
        round = round || !other.done;
        for (const [name, local] of part.names) {
            /* Published actions have their import of big.js twice. */
            const what = name + " " + part.from;
            if (seen.get(local) === what) continue;
            seen.set(local, what);
            imports.push([local, name === "*" ? () => other.space
                : () => other.space[name]]);
        }
        passOn(module, other, part);
    }
    const inner = (names) => "(function (" + names.join(", ") +
        ") {\"use strict\"; " + found.code + "\n})";
    if (!round) {
        const run = native.compile(inner(["__nf", ...imports.map((i) => i[0])]),
            module.path);
        apply(run, undefined,
            [helpers(module), ...imports.map((i) => i[1]())]);
        return;
    }
    const scope = Object.create(null);
    for (const [local, get] of imports)
        Object.defineProperty(scope, local, { get });
    const run = native.compile("(function (__scope) {with (__scope) return " +
        inner(["__nf"]) + "})", module.path);
    run(scope)(helpers(module));
}

/* export … from: names under which the other's are exported here. */
function passOn(module, other, part) {
    const define = (name, get) => {
        if (!Object.prototype.hasOwnProperty.call(module.space, name))
            Object.defineProperty(module.space, name,
                { enumerable: true, configurable: true, get });
    };
    for (const [name, as] of part.exports) {
        if (name === "*" && as === "*") {
            for (const key of Object.keys(other.space))
                if (key !== "default") define(key, () => other.space[key]);
        } else {
            define(as, name === "*" ? () => other.space
                : () => other.space[name]);
        }
    }
}

provided.set("big.js", { space: namespaceOf(Big), exported: Big, done: true });
provided.set("mx-global", { space: Object.create(null), exported: {},
    done: true });
