
/* ---- clock and timers ----------------------------------------------------
 * Time is the session's: it may stand still (design §10.7), and then moves only
 * while something waits for a timer; or it is some way ahead of the machine's. */

let clock = 0, still = false, ahead = 0;

function now() {
    return still ? clock : RealDate.now() + ahead;
}

const ScriptDate = new Proxy(RealDate, {
    construct(target, values, derived) {
        return Reflect.construct(target, values.length ? values : [now()],
            derived === ScriptDate ? target : derived);
    },
    apply() {
        return new RealDate(now()).toString();
    },
    get(target, name) {
        return name === "now" ? now : Reflect.get(target, name);
    },
});
RealDate.prototype.constructor = ScriptDate;

const timers = new Map(); // by number, each {due, number, run, every}
let lastTimer = 0;

function addTimer(run, delay, every) {
    const wait = Math.max(every ? 1 : 0, Math.trunc(Number(delay)) || 0);
    const number = ++lastTimer;
    timers.set(number, { number, run, due: now() + wait,
        every: every ? wait : 0 });
    return number;
}

function asTimer(run, values) {
    const f = typeof run === "function" ? run
        : () => native.compile(String(run), "timer");
    return () => apply(f, undefined, values);
}

function firstTimer() {
    let first = null;
    for (const timer of timers.values())
        if (!first || timer.due < first.due ||
            (timer.due === first.due && timer.number < first.number))
            first = timer;
    return first;
}

/* Runs the first timer that is due; promises go on behind each one. */
function tick() {
    const timer = firstTimer();
    if (!timer || timer.due > now()) return;
    if (timer.every) timer.due = Math.max(timer.due + timer.every, now());
    else timers.delete(timer.number);
    try {
        timer.run();
    } catch (problem) {
        rejection = textOf(problem, "error"); // whoever waits may learn why
        log("Error", "in a timer: " + rejection);
    }
}

/* The next turn of the loop (activities J14). */
function later(run) {
    addTimer(run, 0, false);
}
