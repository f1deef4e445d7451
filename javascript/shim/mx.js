
/* ---- mx: the client API (activities 12.4) ------------------------------------ */

/* Calls back in the next turn, as methods of `scope`; an error without a function
 * for it is logged, and the callback never comes (J14, J15). */
function answer(options, work, scope) {
    const { callback, error } = Object(options);
    let value;
    try {
        value = work();
    } catch (problem) {
        const message = textOf(problem, "error");
        later(typeof error === "function"
            ? () => apply(error, scope, [problem instanceof Error ? problem
                : new Error(message)])
            : () => log("Error", message));
        return;
    }
    later(() => {
        if (typeof callback === "function") apply(callback, scope, [value]);
    });
}

function promised(work) {
    return new RealPromise((resolve, reject) => {
        answer({ callback: resolve, error: reject }, work);
    });
}

function create(entity) {
    return toScript(host("create", String(entity)));
}
function fetchAll(guids) {
    return host("fetch", guids.map(guidOf)).map(toScript);
}
function find(xpath, filter) {
    const { amount, offset, sort } = Object(filter);
    const sorts = Array.isArray(sort) ? sort.map((s) => [String(s[0]),
        String(s[1] || "asc")]) : [];
    return host("find", { xpath: String(xpath), sort: sorts,
        amount: amount > 0 ? Math.trunc(amount) : -1,
        offset: offset > 0 ? Math.trunc(offset) : 0 }).map(toScript);
}
function change(name, objects) {
    host(name, objects.map(guidOf));
}
/* One or several, as the options of the client API have them. */
function listOf(one, several) {
    return several !== undefined && several !== null ? [...several]
        : one !== undefined && one !== null ? [one] : [];
}

function refuseStrict() {
    if (session.strict)
        throw new Error("mx.data is disabled in strict mode");
}

function getData(options, scope) {
    const o = Object(options);
    answer(o, () => {
        if (o.guid !== undefined && o.path !== undefined) {
            const reverse = o.direction === "reverse";
            const found = follow(fetchAll([o.guid])[0], String(o.path), reverse);
            return reverse && !isArray(found) ? found ? [found] : [] : found;
        }
        if (o.guid !== undefined) return fetchAll([o.guid])[0] || null;
        if (o.guids !== undefined) return fetchAll(o.guids);
        refuseStrict();
        if (o.xpath === undefined)
            throw new Error("mx.data.get needs guid, guids or xpath");
        const found = find(o.xpath, o.filter);
        return o.count ? found.length : found;
    }, scope);
}

function update(options) {
    const o = Object(options);
    answer(o, () => {
        if (o.guid !== undefined)
            host("event", ["refreshObject", { id: guidOf(o.guid) }]);
        else
            host("event", ["refreshEntity", { entity: String(o.entity) }]);
        return true;
    });
}

function notHere(name) {
    return () => {
        throw new Error(name + " is not available here");
    };
}

const data = {
    create(options, scope) {
        refuseStrict();
        answer(options, () => create(options.entity), scope);
    },
    get: getData,
    commit(options, scope) {
        refuseStrict();
        answer(options, () =>
            change("commit", listOf(options.mxobj, options.mxobjs)), scope);
    },
    remove(options, scope) {
        refuseStrict();
        answer(options, () => change("remove", [
            ...listOf(options.guid, options.guids),
            ...listOf(options.mxobj, options.mxobjs)]), scope);
    },
    rollback(options, scope) {
        answer(options, () => change("rollback", [options.mxobj]), scope);
    },
    update,
    callNanoflow(options) {
        const o = Object(options);
        const name = typeof o.nanoflow === "string" ? o.nanoflow
            : Object(o.nanoflow).name;
        const values = Object(o.context);
        callFlow("nanoflow", String(name), values).then(
            (value) => o.callback && o.callback(value),
            (problem) => o.error ? o.error(problem)
                : log("Error", problem.message));
    },
    action(options) {
        answer(options, notHere("mx.data.action in an offline app"));
    },
    saveDocument(guid, name, parameters, blob, callback, error) {
        answer({ callback, error }, () => {
            host("save", [guidOf(guid), String(name ?? ""), base64(blob)]);
        });
    },
    getDocumentUrl: (guid, changed, thumbnail) => (session.server || "") +
        "/file?guid=" + guid + "&changedDate=" + changed +
        (thumbnail ? "&thumb=true" : ""),
    closeDbConnection: async () => {}, // the device's database is not the page's
};

/* ---- ui ------------------------------------------------------------------------ */

let lastProgress = 0;

function message(type) {
    return (text, blocking) => {
        host("event", ["showMessage", { type, text: String(text),
            blocking: blocking === true }]);
    };
}
function showProgress(text, modal) {
    const id = ++lastProgress;
    host("event", ["progressShow", { id, text: text === undefined ||
        text === null ? "" : String(text), modal: modal === true }]);
    return id;
}
function hideProgress(id) {
    host("event", ["progressHide", { id: Number(id) }]);
}
function openUrl(url) {
    host("event", ["openUrl", { url: String(url) }]);
}
function confirmation(options) {
    const o = Object(options);
    const yes = host("request", ["confirm", { title: String(o.title || ""),
        question: String(o.content), proceed: String(o.proceed || ""),
        cancel: String(o.cancel || "") }]);
    later(() => {
        const f = yes === false ? o.onCancel : o.handler;
        if (typeof f === "function") f();
    });
}

function reload() {
    host("event", ["reload"]);
}

/* The object that a page or a flow is about. */
class MxContext {
    constructor() { define(this, { _id: null, _entity: null }); }
    setContext(entity, guid) {
        define(this, { _id: guidOf(guid), _entity: String(entity) });
    }
    setTrackObject(object) { this.setContext(object._entity, object); }
    getTrackId() { return this._id; }
    getTrackEntity() { return this._entity; }
    getTrackObject() { return this._id && (fetchAll([this._id])[0] || null); }
}
define(script, { mendix: { lib: { MxContext, MxObject } } });

function openPage(page, context) {
    host("event", ["openPage", { page: String(page),
        object: context instanceof MxContext && context._id || undefined }]);
}

const ui = {
    showProgress, hideProgress, confirmation,
    info: message("Information"), warning: message("Warning"),
    error: message("Error"), exception: message("Error"),
    onError: (problem) => log("Error", textOf(problem, "error")),
    showUnderlay() {}, hideUnderlay() {}, resize() {}, isRtl: () => false,
    reload,
    toggleSidebar() { host("event", ["toggleSidebar"]); },
    getContentForm: () => ({ path: "", close() {} }),
    downloadFile(options) {
        const { mxobject, callback, error } = Object(options);
        return apply(then, promised(() => {
            host("event", ["downloadFile", { object: guidOf(mxobject) }]);
        }), [callback, error]);
    },
    async back() { host("event", ["closePage", { count: 1 }]); },
    openForm(page, options) {
        answer(options, () => openPage(page, Object(options).context));
    },
    openForm2: async (page, context) => openPage(page, context),
};

/* ---- session ------------------------------------------------------------------- */

function signOut() {
    host("event", ["signOut"]);
}
function signIn(name, password, token, ok, fail) {
    const status = host("request", ["signIn", { name: String(name),
        password: String(password), useToken: token === true }]);
    later(() => {
        if (status === 200) ok();
        else fail({ status: status === null ? 0 : status });
    });
}

const sessionApi = {
    getUserName: () => session.user || "",
    getUserId: () => session.userId,
    getUserObject: () => fetchAll([session.userId])[0] || null,
    getUserAttribute: (name) => sessionApi.getUserObject()?.get(name) ?? "",
    getUserClass: () => sessionApi.getUserObject()?.getEntity() ?? "",
    getUserRoleNames: () => session.roles.slice(),
    isGuest: () => !session.user,
    getCSRFToken: () => "",
    getConfig: (key) => key === "sessionObjectId" ? session.userId
        : key === "locale" ? sessionApi.sessionData.locale : undefined,
    get sessionData() {
        return { sessionObjectId: session.userId, csrftoken: "",
            locale: { code: session.language }, roles: session.roles.map(
                (name) => ({ name })) };
    },
    clearCachedSessionData() { host("event", ["clearCachedSessionData"]); },
    logout: signOut,
};

/* ---- parser -------------------------------------------------------------------- */

/* Formats and reads as expressions do (formatDateTime, formatDecimal …). */
const WHOLE = ["integer", "long", "autonumber"];

function optionsOf(config) {
    const { selector, datePattern, places, groups } = Object(config);
    return { selector, datePattern, places, groups: groups === true };
}
function formatValue(value, type, config) {
    const kind = String(type).toLowerCase();
    if (value === undefined || value === null || value === "") return "";
    if (value instanceof RealDate || kind === "datetime") {
        const time = new RealDate(value).getTime();
        return time !== time ? "" : host("formatDate",
            [time, optionsOf(config)]); // NaN is no moment
    }
    if (isBig(value) || WHOLE.includes(kind) || kind === "decimal")
        return host("formatNumber", [new Big(value).toFixed(),
            optionsOf(WHOLE.includes(kind) ? { ...config, places: 0 }
                : config)]);
    return String(value);
}
/* The caption of an enumeration, and what formatValue gives. */
function formatAttribute(object, name, config) {
    const value = object.get(name);
    return value !== "" && object.isEnum(name)
        ? object.getEnumCaption(name, value)
        : formatValue(value, object.getAttributeType(name), config);
}
function parseValue(text, type, config) {
    const kind = String(type).toLowerCase();
    if (text === undefined || text === null || text === "") return null;
    const given = String(text).trim();
    if (kind === "datetime") return host("parseDate", [given, optionsOf(config)]);
    if (kind === "boolean")
        return { true: true, false: false }[given.toLowerCase()] ?? null;
    if (!WHOLE.includes(kind) && kind !== "decimal") return String(text);
    const digits = host("parseNumber", [given, optionsOf(config)]);
    return digits === null || (kind !== "decimal" && digits.includes("."))
        ? null : new Big(digits);
}

const mx = {
    data, ui, session: sessionApi,
    parser: { formatValue, parseValue, formatAttribute },
    meta: {
        getMap: allMetas,
        getEntity: metaOf,
    },
    login: (name, password, ok, fail) => signIn(name, password, false, ok, fail),
    login2: signIn,
    logout: signOut,
    reload, reloadWithState: reload,
    readFileBlob: notHere("mx.readFileBlob"),
    get remoteUrl() {
        const url = session.server || "http://localhost/";
        return url.endsWith("/") ? url : url + "/";
    },
    get appUrl() { return mx.remoteUrl; },
    get baseUrl() { return mx.remoteUrl; },
    onError: ui.onError,
    version: "0",
    isOffline: () => true,
};
mx.addOnLoad = later;
/* The client's own log. Listeners get the level, the node and what was said. */
const logListeners = new Set();
function clientLog(level, name = level.toLowerCase()) {
    const speaks = speak(level);
    return (...values) => {
        speaks(...values);
        for (const listener of logListeners) listener(name, "JavaScript", ...values);
    };
}
mx.logger = { trace: clientLog("Trace"), debug: clientLog("Debug"),
    info: clientLog("Info"), warn: clientLog("Warning"),
    warning: clientLog("Warning"), error: clientLog("Error"),
    exception: clientLog("Error"), critical: clientLog("Critical"),
    fatal: clientLog("Critical"), level() {} };
define(script, { mx, logger: mx.logger });

/* ---- mx-api: the same with promises ----------------------------------------------- */

/* What strict mode refuses is refused here, too (J13). */
function restricted(work) {
    return promised(() => {
        refuseStrict();
        return work();
    });
}

const dataApi = {
    create: ({ entity }) => restricted(() => create(entity)),
    commit: ({ objects }) => restricted(() => change("commit", objects)),
    remove: ({ objects, guids }) =>
        restricted(() => change("remove", listOf(null, objects || guids))),
    rollback: ({ objects }) => promised(() => change("rollback", objects)),
    getByGuid: ({ guid }) => promised(() => fetchAll([guid])[0] || null),
    getByGuids: ({ guids }) => promised(() => fetchAll(guids)),
    getFileUrl: ({ object, thumbnail }) => data.getDocumentUrl(guidOf(object),
        object.has("changedDate") ? object.get("changedDate") : "",
        thumbnail === true),
    retrieveByEntity: ({ entity, queryFilter, filter }) =>
        promised(() => findFiltered(entity, queryFilter, filter)),
    retrieveByXpath: ({ xpath, filter }) =>
        restricted(() => find(xpath, filter)),
    retrieveByPath: ({ object, guid, path, direction }) => promised(() => {
        const from = object || fetchAll([guid])[0];
        const found = follow(from, String(path), direction === "reverse");
        return isArray(found) ? found : found ? [found] : [];
    }),
    update: (options) => new RealPromise((resolve, reject) =>
        update({ ...options, callback: resolve, error: reject })),
};
const DIALOGS = { info: "info", warning: "warning", error: "error" };
const uiApi = {
    back: ui.back,
    confirmation: ({ content, okText, cancelText }) =>
        new RealPromise((resolve) => confirmation({ content, proceed: okText,
            cancel: cancelText, handler: () => resolve(true),
            onCancel: () => resolve(false) })),
    showDialog: ({ type, content, modal, blocking }) =>
        ui[DIALOGS[type] ?? "info"](content, modal ?? blocking),
    showProgress: (options) => showProgress(
        typeof options === "object" && options ? options.message : options,
        typeof options === "object" && options ? options.modal : true),
    hideProgress: (options) => hideProgress(
        typeof options === "object" && options ? options.progressId : options),
    reloadApp: reload,
    showInfo: ({ message: text, blocking }) => ui.info(text, blocking),
    showWarning: ({ message: text, blocking }) => ui.warning(text, blocking),
    showError: ({ message: text, blocking }) => ui.error(text, blocking),
};
const { getUserName, getUserId, isGuest, getUserRoleNames, getCSRFToken,
    getConfig, clearCachedSessionData } = sessionApi;
/* A date is a Date there, and milliseconds in mx.parser. */
const parserApi = { formatValue, parseValue(text, type, config) {
    const value = parseValue(text, type, config);
    return typeof value === "number" ? new ScriptDate(value) : value;
} };

/* javascript/provided.c lists the same names for those who check sources. */
function provide(name, members) {
    provided.set(name, { space: { ...members, default: members },
        exported: members, done: true });
}
provide("mx-api", { data: dataApi, session: sessionApi, ui: uiApi,
    parser: parserApi, getAppUrl: () => mx.appUrl,
    login: ({ username, password, useAuthToken, reloadOnSuccess }) =>
        new RealPromise((resolve, reject) => signIn(username, password,
            useAuthToken === true, () => {
                if (reloadOnSuccess !== false) reload();
                resolve();
            }, ({ status }) => reject(Object.assign(
                new Error("signing in failed with status " + status),
                { status })))),
    logout: async () => { signOut(); } });
provide("mx-api/data", dataApi);
provide("mx-api/session", { getUserName, getUserId, isGuest, getUserRoleNames,
    getCSRFToken, getConfig, clearCachedSessionData });
provide("mx-api/ui", uiApi);
provide("mx-api/parser", parserApi);
provide("mendix/session", { getUserName, getUserId, isGuest, getUserRoleNames,
    getCSRFToken });
provide("mendix/parser", parserApi);
provide("mendix/logging", { addLogListener(listener) {
    logListeners.add(listener);
    return () => { logListeners.delete(listener); };
} });
/* No newer version of the app waits here. */
provide("mx-api/pwa", { skipWaiting: async () => false });
