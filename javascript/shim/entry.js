
/* ---- what the program calls -------------------------------------------------- */

const messages = {
    start(message) { Object.assign(session, message.session); prepare(); },
    call: callAction,
    tick,
    flow: endFlow,
    sweep,
    parse,
};

function dispatch(text) {
    const message = parseJson(text);
    clock = message.now;
    still = message.still;
    ahead = message.ahead;
    messages[message.what](message);
}

function report() {
    const timer = firstTimer();
    const done = settled, unheard = rejection, problem = unread;
    settled = [];
    rejection = unread = null;
    return toJson({ settled: done, next: timer ? timer.due : null,
        rejection: unheard, problem, wrappers: wrappers.size });
}

function rejected(promise, reason) {
    rejection = textOf(reason, "a promise was rejected");
}

return { dispatch, report, rejected };
})
