
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

/* ---- texts and bytes ------------------------------------------------------------ */

const LETTERS =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function btoa(text) {
    const bytes = String(text);
    let out = "";
    for (let i = 0; i < bytes.length; i += 3) {
        const codes = [0, 1, 2].map((k) => bytes.charCodeAt(i + k) || 0);
        if (codes.some((code) => code > 255))
            throw new DOMException("btoa takes characters up to U+00FF",
                "InvalidCharacterError");
        const bits = codes[0] << 16 | codes[1] << 8 | codes[2];
        out += LETTERS[bits >> 18] + LETTERS[bits >> 12 & 63] +
            (i + 1 < bytes.length ? LETTERS[bits >> 6 & 63] : "=") +
            (i + 2 < bytes.length ? LETTERS[bits & 63] : "=");
    }
    return out;
}

function atob(text) {
    const letters = String(text).replace(/[\t\n\f\r ]/g, "");
    const plain = letters.length % 4 === 0 ? letters.replace(/={1,2}$/, "")
        : letters;
    if (plain.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(plain))
        throw new DOMException("atob takes Base64", "InvalidCharacterError");
    let out = "", bits = 0, count = 0;
    for (const letter of plain) {
        bits = bits << 6 | LETTERS.indexOf(letter);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += String.fromCharCode(bits >> count & 255);
        }
        bits &= (1 << count) - 1;
    }
    return out;
}

class TextEncoder {
    get encoding() { return "utf-8"; }
    encode(text = "") {
        const bytes = [];
        for (const letter of String(text)) {
            const code = letter.codePointAt(0);
            const point = code >= 0xD800 && code < 0xE000 ? 0xFFFD : code;
            if (point < 0x80) bytes.push(point);
            else if (point < 0x800)
                bytes.push(0xC0 | point >> 6, 0x80 | point & 63);
            else if (point < 0x10000)
                bytes.push(0xE0 | point >> 12, 0x80 | point >> 6 & 63,
                    0x80 | point & 63);
            else
                bytes.push(0xF0 | point >> 18, 0x80 | point >> 12 & 63,
                    0x80 | point >> 6 & 63, 0x80 | point & 63);
        }
        return Uint8Array.from(bytes);
    }
    /* As many whole characters as there is place for. */
    encodeInto(text, into) {
        let read = 0, written = 0;
        for (const letter of String(text)) {
            const bytes = this.encode(letter);
            if (written + bytes.length > into.length) break;
            into.set(bytes, written);
            written += bytes.length;
            read += letter.length;
        }
        return { read, written };
    }
}

/* The character that begins at `at`, and how many bytes it has; what is no
 * UTF-8 is U+FFFD. */
function decodeAt(bytes, at) {
    const first = bytes[at];
    const length = first < 0x80 ? 1 : first >> 5 === 6 ? 2
        : first >> 4 === 14 ? 3 : first >> 3 === 30 ? 4 : 0;
    let code = length === 1 ? first : first & 0xFF >> length + 1;
    if (!length || at + length > bytes.length) return [0xFFFD, 1];
    for (let i = 1; i < length; i++) {
        if (bytes[at + i] >> 6 !== 2) return [0xFFFD, i];
        code = code << 6 | bytes[at + i] & 63;
    }
    const least = [0, 0, 0x80, 0x800, 0x10000][length];
    const valid = code >= least && code < 0x110000 &&
        !(code >= 0xD800 && code < 0xE000);
    return [valid ? code : 0xFFFD, length];
}

const LABELS = { "utf-8": "utf-8", utf8: "utf-8", "utf-16": "utf-16le",
    "utf-16le": "utf-16le" };
for (const label of ["ascii", "us-ascii", "latin1", "iso-8859-1", "windows-1252"])
    LABELS[label] = "windows-1252";
/* 0x80 to 0x9F */
const WINDOWS = "\u20AC\x81\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160" +
    "\u2039\u0152\x8D\u017D\x8F\x90\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC" +
    "\u2122\u0161\u203A\u0153\x9D\u017E\u0178";

class TextDecoder {
    constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
        const encoding = LABELS[String(label).trim().toLowerCase()];
        if (!encoding)
            throw new RangeError("TextDecoder does not know " + label);
        define(this, { encoding, fatal, ignoreBOM, _rest: [], _begun: false });
    }
    /* What a chunk ends within is kept for the next one. */
    decode(source, { stream = false } = {}) {
        const bytes = Uint8Array.from([...this._rest,
            ...(source === undefined ? [] : bytesOf(source))]);
        const end = stream ? this._whole(bytes) : bytes.length;
        const text = this._text(bytes.subarray(0, end));
        const first = !this._begun;
        this._rest = [...bytes.subarray(end)];
        this._begun = stream && (this._begun || text !== "");
        return first && !this.ignoreBOM && text.startsWith("\uFEFF")
            ? text.slice(1) : text;
    }
    /* Where the last whole character ends. */
    _whole(bytes) {
        if (this.encoding === "windows-1252") return bytes.length;
        if (this.encoding === "utf-16le") return bytes.length & ~1;
        for (let back = 1; back <= 3 && back <= bytes.length; back++) {
            const lead = bytes[bytes.length - back];
            if (lead >> 6 === 2) continue;
            const length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2
                : lead < 0xF0 ? 3 : 4;
            return length > back ? bytes.length - back : bytes.length;
        }
        return bytes.length;
    }
    _text(bytes) {
        let out = "";
        if (this.encoding !== "utf-8") {
            const step = this.encoding === "windows-1252" ? 1 : 2;
            for (let at = 0; at + step <= bytes.length; at += step)
                out += step === 2
                    ? String.fromCharCode(bytes[at] | bytes[at + 1] << 8)
                    : WINDOWS[bytes[at] - 0x80] ??
                        String.fromCharCode(bytes[at]);
            return out;
        }
        for (let at = 0; at < bytes.length;) {
            const [code, length] = decodeAt(bytes, at);
            if (this.fatal && code === 0xFFFD &&
                !(bytes[at] === 0xEF && length === 3))
                throw new TypeError("TextDecoder: it is not UTF-8");
            out += String.fromCodePoint(code);
            at += length;
        }
        return out;
    }
}
provide("text-encoding", { TextEncoder, TextDecoder });

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
