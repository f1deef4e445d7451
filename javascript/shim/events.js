
/* ---- events: targets, and what can be given up -------------------------------- */

class DOMException extends Error {
    constructor(text = "", name = "Error") {
        super(text);
        define(this, { name });
    }
}

class Event {
    constructor(type, { cancelable = false } = {}) {
        define(this, { type: String(type), cancelable, target: null,
            currentTarget: null, defaultPrevented: false, timeStamp: now(),
            _stopped: false });
    }
    preventDefault() { if (this.cancelable) this.defaultPrevented = true; }
    stopPropagation() {}
    stopImmediatePropagation() { this._stopped = true; }
}
class CustomEvent extends Event {
    constructor(type, options) {
        super(type, options);
        define(this, { detail: Object(options).detail ?? null });
    }
}

/* What listens to a target, in its order: {type, run, once}. */
const listeners = new WeakMap();
function listenersOf(target) {
    if (!listeners.has(target)) listeners.set(target, []);
    return listeners.get(target);
}

function addEventListener(type, run, options) {
    const all = listenersOf(this ?? script);
    if (!run || all.some((l) => l.type === type && l.run === run)) return;
    const { once = false, signal } = Object(options);
    if (signal && signal.aborted) return;
    all.push({ type, run, once });
    if (signal)
        signal.addEventListener("abort", () => apply(removeEventListener, this,
            [type, run]));
}
function removeEventListener(type, run) {
    const all = listenersOf(this ?? script);
    const at = all.findIndex((l) => l.type === type && l.run === run);
    if (at >= 0) all.splice(at, 1);
}
/* A listener that throws stops no other one. */
function dispatchEvent(event) {
    const target = this ?? script;
    event.target = event.currentTarget = target;
    const handler = target["on" + event.type];
    const all = listenersOf(target).filter((l) => l.type === event.type);
    for (const listener of typeof handler === "function"
        ? [{ run: handler }, ...all] : all) {
        if (event._stopped) break;
        if (listener.once)
            apply(removeEventListener, target, [event.type, listener.run]);
        try {
            if (typeof listener.run === "function")
                apply(listener.run, target, [event]);
            else listener.run.handleEvent(event);
        } catch (problem) {
            log("Error", "in an event listener: " + textOf(problem, "error"));
        }
    }
    return !event.defaultPrevented;
}

class EventTarget {}
define(EventTarget.prototype, { addEventListener, removeEventListener,
    dispatchEvent });

class AbortSignal extends EventTarget {
    constructor() {
        super();
        define(this, { aborted: false, reason: undefined, onabort: null });
    }
    throwIfAborted() { if (this.aborted) throw this.reason; }
    static abort(reason) {
        const controller = new AbortController();
        controller.abort(reason);
        return controller.signal;
    }
    static timeout(delay) {
        const controller = new AbortController();
        addTimer(() => controller.abort(new DOMException(
            "The operation timed out.", "TimeoutError")), delay, false);
        return controller.signal;
    }
    static any(signals) {
        const controller = new AbortController();
        for (const signal of signals) {
            if (signal.aborted) controller.abort(signal.reason);
            signal.addEventListener("abort",
                () => controller.abort(signal.reason));
        }
        return controller.signal;
    }
}
class AbortController {
    constructor() { define(this, { signal: new AbortSignal() }); }
    abort(reason = new DOMException("The operation was aborted.",
        "AbortError")) {
        if (this.signal.aborted) return;
        this.signal.aborted = true;
        this.signal.reason = reason;
        this.signal.dispatchEvent(new Event("abort"));
    }
}

define(script, { DOMException, Event, CustomEvent, EventTarget, AbortSignal,
    AbortController, addEventListener, removeEventListener, dispatchEvent });
