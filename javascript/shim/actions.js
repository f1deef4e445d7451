
/* ---- calls of actions and of flows ------------------------------------------ */

let settled = [];     // since the last report
let rejection = null; // of a promise that nobody awaited

function actionOf(name) {
    const [module, action] = name.split(".");
    const found = source([module.toLowerCase() + "/actions/" + action + ".js"]);
    if (!found) throw new Unavailable("it has no source beside the app");
    const loaded = load(found);
    return whenDone(loaded, () => functionOf(loaded, action));
}

function functionOf(loaded, action) {
    const run = [() => loaded.space[action], () => loaded.space.default,
        loaded.own].map(tryGet).find((f) => typeof f === "function");
    if (typeof run !== "function")
        throw new Unavailable(loaded.path + " exports no function \"" + action +
            "\"");
    return run;
}

/* A file that answers in place of a flow: what it exports by default, or the
 * one function that it exports. Its path is no name within the sources. */
function fileOf(path) {
    const found = host("source", [path]);
    if (!found) throw new Unavailable("there is no file \"" + path + "\"");
    const loaded = load(found);
    return whenDone(loaded, () => functionOfFile(loaded.space, path));
}

function functionOfFile(space, path) {
    const functions = Object.keys(space).map((key) => tryGet(() => space[key]))
        .filter((one) => typeof one === "function");
    const whole = tryGet(() => space.default);
    if (typeof whole === "function") return whole;
    if (functions.length === 1) return functions[0];
    throw new Unavailable("\"" + path + "\" exports no function as its " +
        "default");
}

/* One object with the arguments by name. */
function named(names, values) {
    const all = {};
    names.forEach((name, at) => { all[name] = values[at]; });
    return all;
}

/* A name that is declared nowhere is no value. */
function tryGet(get) {
    try {
        return get();
    } catch (problem) {
        return undefined;
    }
}

/* What can't be told is told as that. */
function settle(id, value) {
    try {
        settled.push({ id, value: toWire(value) });
    } catch (problem) {
        settled.push({ id, value: ["x", "an object that can't be read"] });
    }
}

function fail(id, name, problem) {
    if (problem instanceof Unavailable) {
        settled.push({ id, unavailable: problem.message });
        return;
    }
    settled.push({ id, thrown: textOf(problem, "JavaScript action " + name +
        " failed") });
}

/* Ends the process. */
class Spoiled extends Error {}

/* The function of an action and what it is given. What is thrown here and is no
 * word of the session comes of what scripts have done to the objects of the
 * language: no other action could be called either, so the process ends. */
function prepareCall(call) {
    try {
        const values = call.arguments.map(toScript);
        return call.file === undefined ? [actionOf(call.name), values]
            : [fileOf(call.file), [named(call.names, values)]];
    } catch (problem) {
        if (problem instanceof TypeError || problem instanceof ReferenceError)
            throw new Spoiled("scripts have changed the objects of the " +
                "language: " + textOf(problem, "error"));
        throw problem;
    }
}

function callAction(call) {
    let outcome;
    try {
        const prepared = prepareCall(call), run = prepared[0];
        const given = prepared[1];
        outcome = run instanceof RealPromise
            ? apply(then, run, [(f) => apply(f, undefined, given)])
            : apply(run, undefined, given);
    } catch (problem) {
        if (problem instanceof Spoiled) throw problem;
        fail(call.id, call.name, problem);
        return;
    }
    apply(then, resolved(outcome), [(value) => settle(call.id, value),
        (problem) => fail(call.id, call.name, problem)]);
}

/* Flows that scripts have called and that have not ended, by number. */
const flows = new Map();
const flowFunctions = new Map();
let lastFlow = 0;

/* activities J22 … J24 */
function callFlow(kind, name, values) {
    return new RealPromise((resolve, reject) => {
        const parameters = {};
        if (values !== null && typeof values === "object")
            for (const key of Object.keys(values))
                parameters[key] = toWire(values[key]);
        const id = ++lastFlow;
        host("flow", { id, kind, name, arguments: parameters });
        flows.set(id, { resolve, reject });
    });
}

function flowFunction(kind, name) {
    let f = flowFunctions.get(name);
    if (!f) {
        f = (values) => callFlow(kind, name, values);
        flowFunctions.set(name, f);
    }
    return f;
}

function endFlow(end) {
    const flow = flows.get(end.id);
    flows.delete(end.id);
    if (!flow) return;
    if (end.problem !== undefined) flow.reject(new Error(end.problem));
    else flow.resolve(toScript(end.value));
}
