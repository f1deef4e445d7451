
/* ---- modules (activities 12.5) ---------------------------------------------
 * The session finds and rewrites sources; here they are joined. A module runs
 * once and is shared by all actions (J18). */

const ROOT = "javascriptsource";
const modules = new Map(); // by path
const stubs = new Map();   // by name

function folderOf(path) {
    return path.slice(0, path.lastIndexOf("/") + 1);
}

/* "a/b/../c" as "a/c"; null if it leads out. It may leave the folder of all
 * sources and come back by its name. */
function normal(path) {
    const parts = [ROOT];
    for (const part of path.split("/")) {
        if (part === "..") {
            if (!parts.length) return null;
            parts.pop();
        } else if (part !== "." && part !== "") {
            parts.push(part);
        }
    }
    return parts[0] === ROOT ? parts.slice(1).join("/") : null;
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

const descriptions = new Map(); // of packages: by folder, {} if there is none

function describePackage(root) {
    let fields = descriptions.get(root);
    if (!fields) {
        const found = source([root + "/package.json"]);
        fields = found ? Object(parseJson(found.text)) : {};
        fields.there = found !== null;
        descriptions.set(root, fields);
    }
    return fields;
}

/* What a package puts in the place of its files and of other packages for
 * browsers and phones: its fields "browser" and "react-native" where they are
 * objects. undefined: nothing else; false: nothing at all. */
function replacement(root, name) {
    const fields = describePackage(root);
    const maps = session.platform === "native"
        ? [fields["react-native"], fields.browser] : [fields.browser];
    for (const map of maps)
        if (map !== null && typeof map === "object" && Object.hasOwn(map, name))
            return map[name];
    return undefined;
}

/* The folder of the package that holds a file; null: it is the app's own. */
function packageOf(path) {
    const found = /^(.*\/)?node_modules\/(@[^/]+\/)?[^/]+(?=\/)/.exec(path);
    return found ? found[0] : null;
}

/* A file of a package, "a/b", after what stands in its place; false. */
function packageFile(root, file) {
    for (const ending of ENDINGS) {
        const other = replacement(root, "./" + normal(file + ending));
        if (other === false) return false;
        if (other !== undefined)
            return String(other).startsWith(".")
                ? sourceNear(root + "/" + other)
                : packageSource(root + "/package.json", String(other));
    }
    return sourceNear(root + "/" + file);
}

/* The file that a package is when its name is imported. */
function mainFile(fields) {
    const native = session.platform === "native" ? fields["react-native"]
        : undefined;
    const main = [native, fields.browser, fields.module, fields.main]
        .find((field) => typeof field === "string" && field);
    return main || "index.js";
}

/* A package in a folder node_modules of this or an outer folder. */
function packageSource(from, name) {
    const parts = name.split("/");
    const length = name.startsWith("@") ? 2 : 1;
    const base = parts.slice(0, length).join("/");
    const rest = parts.slice(length).join("/");
    for (let folder = folderOf(from); ; folder = folderOf(folder.slice(0, -1))) {
        const root = folder + "node_modules/" + base;
        const fields = describePackage(root);
        const named = fields.exports ? exportedFile(fields.exports,
            rest ? "./" + rest : ".") : undefined;
        const file = named || rest || (fields.there ? mainFile(fields) : "");
        const found = file ? packageFile(root, file) : null;
        if (found !== null) return found;
        if (!folder) return null;
    }
}

const NO_DEVICE = "; if it needs a device, a function of the host or a mock " +
    "can answer for the action";

/* What is not there can be imported; using it fails (J17). */
function stub(name, reason = "") {
    let made = stubs.get(name);
    if (made) return made;
    const fail = () => {
        throw new Error("the module \"" + name + "\" is not available here" +
            (reason ? " (" + reason + ")" : "") + NO_DEVICE);
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

/* What a package leaves out for this platform. */
const nothing = { space: Object.assign(Object.create(null), { default: {} }),
    exported: {}, done: true };

/* What bundlers take for a page: scripts have no use of styles, and get the
 * address of a picture or sound. */
const STYLES = /\.(css|scss|sass|less)$/i;
const MEDIA = /\.(png|jpe?g|gif|svg|webp|mp3|mp4|wav|ttf|woff2?)$/i;

/* {space, exported, done} of what `name` means in the module at `from`. */
function resolveModule(from, name) {
    if (provided.has(name)) return provided.get(name);
    if (name === "react-native" && session.platform === "native")
        return phoneModule();
    if (STYLES.test(name)) return nothing;
    if (MEDIA.test(name)) return mediaModule(name);
    const relative = /^\.{0,2}\//.test(name) || name === "." || name === "..";
    const root = packageOf(from);
    const other = root && !relative ? replacement(root, name) : undefined;
    if (other === false) return nothing;
    if (other !== undefined && other !== name)
        return resolveModule(root + "/package.json", String(other));
    const path = relative ? normal(folderOf(from) + name) : null;
    const found = !relative ? packageSource(from, name)
        : root && path && path.startsWith(root + "/")
            ? packageFile(root, path.slice(root.length + 1))
            : sourceNear(folderOf(from) + name);
    if (found === false) return nothing;
    if (found) return relative || root ? load(found) : loadPackage(found, name);
    if (relative)
        throw new Unavailable("\"" + name + "\", which " +
            (from || "a script") + " imports, is not there");
    return asModule(stub(name));
}

function mediaModule(name) {
    const address = name.slice(name.lastIndexOf("/") + 1);
    return { space: namespaceOf(address), exported: address, done: true };
}

function asModule(made) {
    return { space: made, exported: made, done: true };
}

/* Packages for phones take from the device when they are loaded; that shows where
 * an action uses them (J17). */
function loadPackage(found, name) {
    try {
        return load(found);
    } catch (problem) {
        return asModule(stub(name,
            textOf(problem, "error").replace(NO_DEVICE, "")));
    }
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
                (text) => {
                    const other = resolveModule(module.path, text);
                    return whenDone(other, () => other.space);
                }]);
        },
        meta: { url: "app:///" + module.path },
        own(get) { module.own = get; },
    };
}

/* Sources of the first versions export nothing: the function that has the name
 * of the file is the action. */
function ownFunction(module, found) {
    const name = /([A-Za-z_]\w*)\.js$/.exec(module.path);
    return name && module.path.endsWith("/actions/" + name[0]) &&
        new RegExp("function\\s+" + name[1] + "\\s*\\(").test(found.code)
        ? "__nf.own(() => " + name[1] + "); " : "";
}

/* Big is there without an import for them, and may be declared. */
function scriptText(module, found) {
    return "(function (Big) {return function (module, exports, require, " +
        "__nf) {" + ownFunction(module, found) + found.code + "\n}})";
}
/* Modules call require, too; from outside, so that they may declare one. */
function moduleText(module, found, names, kind) {
    return "(function (" + outside(found).join(", ") + ") {return " + kind +
        "function (" + names.join(", ") + ") {\"use strict\"; " +
        ownFunction(module, found) + found.code + "\n}})";
}

/* A module that imports and exports nothing may set module.exports, as scripts
 * do: bundlers for phones allow that. */
function outside(found) {
    const scripted = found.code.includes("exports") &&
        !found.code.startsWith("__nf.exports(");
    return scripted ? ["require", "module", "exports"] : ["require"];
}

/* Modules may await outside of functions: what can't be read without that is
 * read with it. `scope`: names are looked up in an object. */
function compileModule(module, found, names, scope = false) {
    const compile = (kind) => {
        const text = moduleText(module, found, names, kind);
        return native.compile(scope ? "(function (__scope) {with (__scope) " +
            "return " + text + "})" : text, found.path);
    };
    try {
        return compile(awaitsOutside(found.code) ? "async " : "");
    } catch (problem) {
        const made = /\bawait\b/.test(found.code)
            ? tryGet(() => compile("async ")) : undefined;
        if (made === undefined) throw problem;
        return made;
    }
}

/* `await (…)` and the like can be read as calls of a function named await; a
 * static block of a class lets nothing be named so, outside of inner functions. */
function awaitsOutside(code) {
    if (!/\bawait\s*[([`/+-]/.test(code)) return false;
    try {
        native.compile("(() => {class _ {static {" + code + "\n}}})", "await");
    } catch (problem) {
        return /\bawait\b/.test(textOf(problem, ""));
    }
    return false;
}

/* Why a source can't be read; null: it can. Nothing of it runs. */
let unread = null;
function parse(found) {
    const names = ["__nf", ...new Set(found.names)];
    try {
        if (found.module) compileModule(found, found, names);
        else native.compile(scriptText(found, found), found.path);
    } catch (problem) {
        unread = describe(found.path, problem);
    }
}

function requireOf(module) {
    return (name) => {
        if (isArray(name))
            throw new Error("the modules \"" + name.join("\", \"") + "\" of a " +
                "page can't be loaded here");
        const other = resolveModule(module.path, String(name));
        return other.exported !== undefined ? other.exported : other.space;
    };
}

function loadScript(module, found) {
    const object = { exports: {}, id: module.path };
    const run = native.compile(scriptText(module, found), module.path)(Big);
    apply(run, object.exports, [object, object.exports, requireOf(module),
        helpers(module)]);
    takeExports(module, object.exports);
}

function takeExports(module, exported) {
    module.exported = exported;
    module.space = namespaceOf(exported);
}

/* What a name of another module is. A package for browsers that has no default
 * is all of it, as where its script for others is taken. */
function valueOf(other, name) {
    return name === "*" || (name === "default" && other.path &&
        !("default" in other.space) && packageOf(other.path))
        ? other.space : other.space[name];
}

/* Imports are parameters of the module's function. Where the other module gives
 * its names other values later, and among modules that import each other, they
 * have to be looked up each time: then they are the members of an object around
 * it. */
function loadModule(module, found) {
    const imports = [], seen = new Map(), awaited = [];
    let changing = false;
    module.live = found.live;
    for (const part of found.imports) {
        const other = resolveModule(module.path, part.from);
        changing = changing || !other.done ||
            (other.live && part.names.length > 0);
        module.live = module.live || (other.live && part.exports.length > 0);
        if (other.pending) awaited.push(other.pending);
        for (const [name, local] of part.names) {
            /* Published actions have their import of big.js twice. */
            const what = name + " " + part.from;
            if (seen.get(local) === what) continue;
            seen.set(local, what);
            imports.push([local, () => valueOf(other, name)]);
        }
        passOn(module, other, part);
    }
    const object = { exports: {}, id: module.path }, none = object.exports;
    const from = [requireOf(module), object, none];
    const begin = () => changing ? runInScope(module, found, imports, from)
        : apply(compileModule(module, found, ["__nf",
            ...imports.map((i) => i[0])])(...from), undefined,
        [helpers(module), ...imports.map((i) => i[1]())]);
    const end = () => {
        if (object.exports !== none || keysOf(none).length)
            takeExports(module, object.exports);
    };
    const outcome = awaited.length
        ? apply(then, RealPromise.all(awaited), [begin]) : begin();
    if (outcome instanceof RealPromise)
        finishLater(module, apply(then, outcome, [end]));
    else end();
}

function runInScope(module, found, imports, from) {
    const scope = Object.create(null);
    for (const [local, get] of imports)
        Object.defineProperty(scope, local, { get });
    return compileModule(module, found, ["__nf"], true)(scope)(...from)(
        helpers(module));
}

/* Who imports it waits until it is done. */
function finishLater(module, outcome) {
    module.pending = apply(then, outcome, [() => { module.pending = null; },
        (problem) => {
            module.problem = problem instanceof Unavailable ? problem
                : new Unavailable(describe(module.path, problem));
            module.pending = null;
            throw module.problem;
        }]);
    apply(then, module.pending, [undefined, () => {}]);
}

/* What `use` gives once the module is done. */
function whenDone(module, use) {
    return module.pending ? apply(then, module.pending, [use]) : use();
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

/* Functions that scripts make of texts may import, too; from where no file is,
 * which is the folder of all sources. */
const nowhere = helpers({ path: "" });
for (const plain of [() => {}, async () => {}, function* () {},
    async function* () {}]) {
    const Real = Object.getPrototypeOf(plain).constructor;
    const make = (values, derived) => {
        const body = values.length ? String(values[values.length - 1]) : "";
        if (!/\bimport\b/.test(body))
            return Reflect.construct(Real, values, derived);
        const inner = Reflect.construct(Real, ["__nf",
            ...values.slice(0, -1), host("rewrite", body)]);
        return function (...given) {
            return apply(inner, this, [nowhere, ...given]);
        };
    };
    const Made = new Proxy(Real, {
        construct: (target, values, derived) => make(values,
            derived === Made ? Real : derived),
        apply: (target, self, values) => make(values, Real),
    });
    Object.defineProperty(Real.prototype, "constructor", { value: Made,
        writable: true, configurable: true });
    if (Real === script.Function) define(script, { Function: Made });
}

provided.set("big.js", { space: namespaceOf(Big), exported: Big, done: true });
provided.set("mx-global", { space: Object.create(null), exported: {},
    done: true });
