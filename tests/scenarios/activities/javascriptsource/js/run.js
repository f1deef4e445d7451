/* Runs a script with names in scope: what a test wants to see is in the test. */
const AsyncFunction = (async () => {}).constructor;

export function run(script, names) {
    const body = /\breturn\b|;/.test(script) ? script : "return " + script;
    return new AsyncFunction(...Object.keys(names), body)(
        ...Object.values(names));
}
