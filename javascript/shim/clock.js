
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
const queue = []; // a heap of them; those that timers does not know are over
let lastTimer = 0;

function isBefore(a, b) {
    return a.due < b.due || (a.due === b.due && a.number < b.number);
}
function enqueue(timer) {
    let at = queue.length;
    queue[at] = timer;
    for (; at; at = at - 1 >> 1) {
        const above = queue[at - 1 >> 1];
        if (!isBefore(timer, above)) break;
        queue[at] = above;
    }
    queue[at] = timer;
}
function dequeue() {
    const last = queue[queue.length - 1], count = --queue.length;
    let at = 0;
    if (!count) return;
    for (let next = 1; next < count; next = 2 * at + 1) {
        if (next + 1 < count && isBefore(queue[next + 1], queue[next])) next++;
        if (!isBefore(queue[next], last)) break;
        queue[at] = queue[next];
        at = next;
    }
    queue[at] = last;
}

function addTimer(run, delay, every) {
    const wait = Math.max(every ? 1 : 0, Math.trunc(Number(delay)) || 0);
    const number = ++lastTimer;
    const timer = { number, run, due: now() + wait, every: every ? wait : 0 };
    timers.set(number, timer);
    enqueue(timer);
    return number;
}

function asTimer(run, values) {
    const f = typeof run === "function" ? run
        : () => native.compile(String(run), "timer");
    return () => apply(f, undefined, values);
}

function firstTimer() {
    while (queue.length && timers.get(queue[0].number) !== queue[0]) dequeue();
    return queue.length ? queue[0] : null;
}

/* Runs the first timer that is due; promises go on behind each one. */
function tick() {
    const timer = firstTimer();
    if (!timer || timer.due > now()) return;
    dequeue();
    if (timer.every) {
        timer.due = Math.max(timer.due + timer.every, now());
        enqueue(timer);
    } else {
        timers.delete(timer.number);
    }
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
