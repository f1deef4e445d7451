
/* ---- what actions take from a browser (activities J19) ------------------------- */

/* A failing quota or key is the script's error. */
function makeStorage(load, store, keys) {
    const members = {
        getItem(key) { const text = load(String(key));
            return text === undefined ? null : text; },
        setItem(key, text) { store(String(key), String(text)); },
        removeItem(key) { store(String(key), null); },
        clear() { store(null, null); },
        key(index) { const key = keys()[index];
            return key === undefined ? null : key; },
        get length() { return keys().length; },
    };
    return new Proxy(members, {
        get: (target, key) => key in target ? target[key]
            : typeof key === "string" ? load(key) ?? undefined : undefined,
        set(target, key, value) { store(String(key), String(value));
            return true; },
        deleteProperty(target, key) { store(String(key), null); return true; },
        has: (target, key) => key in target || keys().includes(key),
        ownKeys: () => keys(),
        getOwnPropertyDescriptor: (target, key) => keys().includes(key)
            ? { value: load(key), enumerable: true, configurable: true,
                writable: true } : undefined,
    });
}

const visit = new Map();
const localStorage = makeStorage((key) => host("load", key),
    (key, text) => { host("store", [key, text]); }, () => host("keys"));
const sessionStorage = makeStorage((key) => visit.get(key),
    (key, text) => {
        if (key === null) visit.clear();
        else if (text === null) visit.delete(key);
        else visit.set(key, text);
    }, () => [...visit.keys()]);

/* Local storage as actions of native apps have it. */
function settleNow(work) {
    return new RealPromise((resolve) => resolve(work()));
}
const asyncStorage = {
    getItem: (key) => settleNow(() => localStorage.getItem(key)),
    setItem: (key, text) => settleNow(() => localStorage.setItem(key, text)),
    removeItem: (key) => settleNow(() => localStorage.removeItem(key)),
    clear: () => settleNow(() => localStorage.clear()),
    getAllKeys: () => settleNow(() => host("keys")),
    multiGet: (keys) => settleNow(() => keys.map((key) =>
        [key, localStorage.getItem(key)])),
    multiSet: (pairs) => settleNow(() => {
        for (const [key, text] of pairs) localStorage.setItem(key, text);
    }),
    multiRemove: (keys) => settleNow(() => {
        for (const key of keys) localStorage.removeItem(key);
    }),
};
provide("@react-native-async-storage/async-storage", asyncStorage);
provide("@react-native-community/async-storage", asyncStorage);

/* ---- the rest ------------------------------------------------------------------- */

const location = {
    get href() { return mx.remoteUrl; },
    set href(url) { openUrl(url); },
    assign: openUrl, replace: openUrl, reload,
    get origin() { return new URL(mx.remoteUrl).origin; },
    get host() { return new URL(mx.remoteUrl).host; },
    get hostname() { return new URL(mx.remoteUrl).hostname; },
    get protocol() { return new URL(mx.remoteUrl).protocol; },
    pathname: "/", search: "", hash: "",
    toString() { return mx.remoteUrl; },
};

define(script, {
    localStorage, sessionStorage, btoa, atob, TextEncoder, TextDecoder, URL,
    URLSearchParams,
    crypto: { getRandomValues, randomUUID, subtle },
    open: openUrl,
    navigator: {
        get product() {
            return session.platform === "native" ? "ReactNative" : "Gecko";
        },
        userAgent: "nanoflow", platform: "",
        get onLine() { return session.online; },
        get language() { return String(session.language).replace("_", "-"); },
        get languages() { return [this.language]; },
        appName: "", appVersion: "", vendor: "", cookieEnabled: false,
        maxTouchPoints: 0, hardwareConcurrency: 1,
    },
    alert: (text) => { message("Information")(text, true); },
    confirm: (question) => host("request", ["confirm", { title: "",
        question: String(question), proceed: "", cancel: "" }]) !== false,
    /* There is none to be seen. */
    parent: script, top: script, frames: script, isSecureContext: true,
    scroll() {}, scrollTo() {}, scrollBy() {}, scrollX: 0, scrollY: 0,
    screen: { width: 0, height: 0, availWidth: 0, availHeight: 0 },
    innerWidth: 0, innerHeight: 0, devicePixelRatio: 1,
    matchMedia: (media) => Object.assign(new EventTarget(),
        { media: String(media), matches: false }),
    history: { state: null, length: 1, pushState() {}, replaceState() {},
        back: () => { ui.back(); } },
});
Object.defineProperty(script, "location", { configurable: true,
    get: () => location, set: openUrl });
