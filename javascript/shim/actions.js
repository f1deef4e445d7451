
/* ---- calls of actions and of flows ------------------------------------------ */

let settled = [];     // since the last report
let rejection = null; // of a promise that nobody awaited

function actionOf(name) {
    const [module, action] = name.split(".");
    const found = source([module.toLowerCase() + "/actions/" + action + ".js"]);
    if (!found) throw new Unavailable("it has no source beside the app");
    const space = load(found).space;
    const run = typeof space[action] === "function" ? space[action]
        : space.default;
    if (typeof run !== "function")
        throw new Unavailable(found.path + " exports no function \"" + action +
            "\"");
    return run;
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
    settled.push(problem instanceof Unavailable
        ? { id, unavailable: problem.message }
        : { id, thrown: textOf(problem,
            "JavaScript action " + name + " failed") });
}

function callAction(call) {
    let outcome;
    try {
        const run = actionOf(call.name);
        outcome = apply(run, undefined, call.arguments.map(toScript));
    } catch (problem) {
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
