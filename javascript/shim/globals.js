
/* ---- the global object (activities J19) ------------------------------------- */

define(script, {
    Date: ScriptDate,
    setTimeout: (run, delay, ...values) =>
        addTimer(asTimer(run, values), delay, false),
    setInterval: (run, delay, ...values) =>
        addTimer(asTimer(run, values), delay, true),
    setImmediate: (run, ...values) => addTimer(asTimer(run, values), 0, false),
    clearTimeout: (number) => { timers.delete(Number(number)); },
    clearInterval: (number) => { timers.delete(Number(number)); },
    clearImmediate: (number) => { timers.delete(Number(number)); },
    requestAnimationFrame: (run) =>
        addTimer(() => apply(run, undefined, [now()]), 16, false),
    requestIdleCallback: (run) => addTimer(() => apply(run, undefined,
        [{ didTimeout: false, timeRemaining: () => 50 }]), 1, false),
    cancelIdleCallback: (number) => { timers.delete(Number(number)); },
    cancelAnimationFrame: (number) => { timers.delete(Number(number)); },
    queueMicrotask: (run) => { apply(then, resolved(), [() => run()]); },
    performance: { now: () => now() - started, timeOrigin: 0,
        mark() {}, measure() {}, getEntriesByName: () => [] },
    window: script, self: script, global: script,
});
let started = 0;

/* Random numbers of a session with a seed repeat (--seed): xorshift over 32
 * bits, mixed from what the session drew. */
let randomState = null;
function random() {
    randomState ^= randomState << 13;
    randomState ^= randomState >>> 17;
    randomState ^= randomState << 5;
    return (randomState >>> 0) / 4294967296;
}

/* Once the session has said what it is. */
function prepare() {
    started = now();
    script.performance.timeOrigin = started;
    if (session.seed) {
        randomState = session.seed | 0 || 1;
        define(Math, { random });
    }
}
