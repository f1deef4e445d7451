
/* ---- console: log events (activities H3) ------------------------------------ */

function show(value) {
    if (typeof value === "string") return value;
    if (value instanceof Error) return value.name + ": " + value.message;
    if (value === null || typeof value !== "object" ||
        value instanceof MxObject || isBig(value))
        return String(value);
    try {
        return printJson(value);
    } catch (round) {
        return String(value);
    }
}

function speak(level) {
    return (...values) => log(level, values.map((value) => {
        try {
            return show(value);
        } catch (problem) {
            return "?";
        }
    }).join(" "));
}

const counts = new Map();
define(script, { console: {
    log: speak("Info"), info: speak("Info"), warn: speak("Warning"),
    error: speak("Error"), debug: speak("Debug"), trace: speak("Trace"),
    dir: speak("Info"), assert: (holds, ...values) => {
        if (!holds) speak("Error")("Assertion failed", ...values);
    },
    table: speak("Info"), dirxml: speak("Info"), clear() {},
    count(name = "default") {
        counts.set(name, (counts.get(name) ?? 0) + 1);
        speak("Info")(name + ": " + counts.get(name));
    },
    countReset(name = "default") { counts.delete(name); },
    group() {}, groupEnd() {}, groupCollapsed() {}, time() {},
    timeEnd() {}, timeLog() {},
} });
