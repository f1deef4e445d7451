
/* ---- fetch: the host's network, if it gives any ----------------------------------- */

class Headers {
    constructor(from = {}) {
        const pairs = from instanceof Headers ? from.entries()
            : typeof from[Symbol.iterator] === "function" ? from
            : Object.entries(from);
        this._values = new Map();
        for (const [name, value] of pairs) this.append(name, value);
    }
    append(name, value) {
        const key = String(name).toLowerCase();
        const known = this._values.get(key);
        this._values.set(key, known === undefined ? String(value)
            : known + ", " + value);
    }
    set(name, value) {
        this._values.set(String(name).toLowerCase(), String(value));
    }
    get(name) { return this._values.get(String(name).toLowerCase()) ?? null; }
    has(name) { return this._values.has(String(name).toLowerCase()); }
    delete(name) { this._values.delete(String(name).toLowerCase()); }
    /* By name. */
    entries() {
        return [...this._values].sort(([a], [b]) => a < b ? -1 : 1)
            [Symbol.iterator]();
    }
    *keys() { for (const [name] of this) yield name; }
    *values() { for (const [, value] of this) yield value; }
    [Symbol.iterator]() { return this.entries(); }
    forEach(f) { for (const [name, value] of this) f(value, name, this); }
}

class FormData extends Pairs {
    constructor() { super([]); }
    _valueOf(value, name) {
        return !(value instanceof Blob) ? String(value)
            : value instanceof File && name === undefined ? value
            : new File([value], name ?? "blob", { type: value.type });
    }
}

/* A body as it is read in pieces: there is one. */
class Body {
    constructor(bytes) {
        define(this, { _pieces: bytes.length ? [bytes] : [], locked: false });
    }
    getReader() {
        const pieces = this._pieces;
        this.locked = true;
        return {
            read: async () => pieces.length
                ? { done: false, value: pieces.shift() }
                : { done: true, value: undefined },
            cancel: async () => { pieces.length = 0; },
            releaseLock: () => { this.locked = false; },
        };
    }
    async *[Symbol.asyncIterator]() { yield* this._pieces; }
}

function multipart(form, headers) {
    const border = "----form" + randomUUID();
    const quoted = (text) => "\"" + text.replace(/\n/g, "%0A")
        .replace(/\r/g, "%0D").replace(/"/g, "%22") + "\"";
    const type = "multipart/form-data; boundary=" + border;
    if (!headers.has("content-type")) headers.set("content-type", type);
    return bytesOf(new Blob([...form].flatMap(([name, value]) => ["--" + border +
        "\r\nContent-Disposition: form-data; name=" + quoted(name) +
        (value instanceof File ? "; filename=" + quoted(value.name) +
            "\r\nContent-Type: " + (value.type ||
                "application/octet-stream") : "") + "\r\n\r\n", value, "\r\n"])
        .concat("--" + border + "--\r\n")));
}

/* The fields of a form as they came: bytes as Latin 1 are searched as a text. */
function readMultipart(bytes, border) {
    const form = new FormData(), all = "\r\n" + textOfCodes(bytes);
    const parts = all.split("\r\n--" + border).slice(1);
    if (!parts.length || !parts.pop().startsWith("--"))
        throw new TypeError("the body is no form: its border is not there");
    const named = (head, key) => new RegExp("[;\\s]" + key + "=\"([^\"]*)\"", "i")
        .exec(head)?.[1].replace(/%22/g, "\"").replace(/%0D/gi, "\r")
        .replace(/%0A/gi, "\n");
    for (const part of parts) {
        const end = part.indexOf("\r\n\r\n");
        const head = new TextDecoder().decode(latinBytes(part.slice(0, end)));
        const name = named(head, "name"), file = named(head, "filename");
        if (end < 0 || name === undefined)
            throw new TypeError("the body is no form: a field has no name");
        const content = latinBytes(part.slice(end + 4));
        const type = /^content-type:\s*(.*)$/im.exec(head)?.[1] ?? "text/plain";
        form.append(name, file === undefined
            ? new TextDecoder().decode(content)
            : new File([content], file, { type: type.trim() }));
    }
    return form;
}

/* The bytes of what is sent, and what they are. */
function bodyBytes(body, headers) {
    if (body instanceof FormData) return multipart(body, headers);
    const type = body instanceof Blob ? body.type
        : body instanceof URLSearchParams
            ? "application/x-www-form-urlencoded;charset=UTF-8"
            : typeof body === "string" ? "text/plain;charset=UTF-8" : "";
    if (type && !headers.has("content-type")) headers.set("content-type", type);
    return bytesOf(body);
}

/* What requests and responses have in common. */
class Message {
    constructor(headers, body) {
        this.headers = new Headers(headers);
        const none = body === null || body === undefined;
        define(this, { _bytes: none ? new Uint8Array()
            : bodyBytes(body, this.headers) });
        this.body = none ? null : new Body(this._bytes);
    }
    async text() { return new TextDecoder().decode(this._bytes); }
    async json() { return parseJson(await this.text()); }
    async bytes() { return this._bytes.slice(); }
    async arrayBuffer() { return this._bytes.slice().buffer; }
    async blob() {
        return new Blob([this._bytes],
            { type: this.headers.get("content-type") ?? "" });
    }
    async formData() {
        const type = this.headers.get("content-type") ?? "";
        const border = /^multipart\/form-data\s*;.*boundary=(?:"([^"]+)"|([^;\s]+))/i
            .exec(type);
        if (border) return readMultipart(this._bytes, border[1] ?? border[2]);
        const form = new FormData();
        if (!/^application\/x-www-form-urlencoded/.test(type))
            throw new TypeError("the body is no form that can be read here");
        for (const [name, value] of new URLSearchParams(await this.text()))
            form.append(name, value);
        return form;
    }
}

class Response extends Message {
    constructor(body = null, { status = 200, statusText = "", headers,
        url = "" } = {}) {
        super(headers, body);
        this.status = status;
        this.statusText = statusText;
        this.ok = status >= 200 && status < 300;
        this.url = url;
    }
    clone() { return new Response(this.body && this._bytes, this); }
    static json(value, options) {
        const made = new Response(printJson(value), options);
        made.headers.set("content-type", "application/json");
        return made;
    }
}

/* Addresses begin where the page is. */
function addressOf(text) {
    return /^[a-z][a-z0-9+.-]*:/i.test(text) ? text
        : new URL(text, mx.remoteUrl).href;
}

class Request extends Message {
    constructor(input, options) {
        const from = input instanceof Request ? input : {};
        const { method = from.method ?? "GET", headers = from.headers,
            body = from.body ? from._bytes : null,
            signal = from.signal } = Object(options);
        super(headers, body);
        this.url = input instanceof Request ? input.url
            : addressOf(String(input));
        this.method = String(method).toUpperCase();
        this.signal = signal;
    }
    clone() { return new Request(this); }
}

/* A file document's contents, if the device has them (mx.data.getDocumentUrl). */
function documentAt(url) {
    const home = session.server || mx.remoteUrl;
    const guid = /\/file\?guid=(\d+)(?:&|$)/.exec(url)?.[1];
    const bytes = guid && url.startsWith(home) ? host("contents", guid) : null;
    return bytes === null ? undefined
        : new Response(fromBase64(bytes), { url });
}

/* What needs no network: files of the device, data: and blob: addresses;
 * undefined. */
function fetchHere(url) {
    const file = documentAt(url);
    if (file) return file;
    const blob = blobs.get(url);
    if (blob)
        return new Response(blob, { url, headers: { "content-type":
            blob.type } });
    const parts = /^data:([^,]*?)(;base64)?,(.*)$/s.exec(url);
    return parts ? new Response(parts[2] ? fromBase64(decodeURIComponent(parts[3]))
        : decodeURIComponent(parts[3]), { url, headers: { "content-type":
            parts[1] || "text/plain" } }) : undefined;
}

/* What is sent as the host is told of it: a text, or bytes that are none. */
function bodyOf(request) {
    try {
        return { body: new TextDecoder("utf-8", { fatal: true,
            ignoreBOM: true }).decode(request._bytes) };
    } catch (binary) {
        return { base64: toBase64(request._bytes) };
    }
}

/* What the host or a mock says; a connection that fails is a TypeError. */
function askNetwork(question) {
    try {
        return host("request", ["fetch", question]);
    } catch (problem) {
        throw new TypeError(textOf(problem, "the connection failed"));
    }
}

/* The host answers {status, headers, body or base64} as a text. */
function answerTo(request) {
    const { url, method, headers } = request;
    const here = fetchHere(url);
    if (here) return here;
    const answered = askNetwork({ url, method,
        headers: printJson(Object.fromEntries(headers)), ...bodyOf(request) });
    if (typeof answered !== "string")
        throw new TypeError("fetch is not available: the host gives " +
            "JavaScript actions no network");
    const given = parseJson(answered);
    return new Response(given.base64 === undefined
        ? new TextEncoder().encode(given.body ?? "")
        : fromBase64(given.base64), { ...given, url });
}

async function fetch(input, options) {
    const request = new Request(input, options);
    if (request.signal) request.signal.throwIfAborted();
    return answerTo(request);
}

define(script, { fetch, FormData, Headers, Request, Response });

/* ---- the same as pages asked before --------------------------------------------- */

const STATES = { UNSENT: 0, OPENED: 1, HEADERS_RECEIVED: 2, LOADING: 3, DONE: 4 };

class XMLHttpRequest extends EventTarget {
    constructor() {
        super();
        define(this, { _sent: 0, _answer: null, upload: new EventTarget() });
        Object.assign(this, { readyState: 0, status: 0, statusText: "",
            responseURL: "", responseType: "", timeout: 0,
            withCredentials: false });
    }
    open(method, url, async = true) {
        this._sent++;
        define(this, { _answer: null, _asked: { method, headers: new Headers() },
            _url: url, _async: async !== false });
        this._reach(STATES.OPENED);
    }
    setRequestHeader(name, value) {
        if (this.readyState !== STATES.OPENED)
            throw new DOMException("The request is not open.",
                "InvalidStateError");
        this._asked.headers.append(name, value);
    }
    send(body = null) {
        if (this.readyState !== STATES.OPENED)
            throw new DOMException("The request is not open.",
                "InvalidStateError");
        const plain = /^(get|head)$/i.test(this._asked.method);
        const request = new Request(this._url, { ...this._asked,
            body: plain ? null : body });
        const sent = ++this._sent;
        if (!this._async) {
            this._take(answerTo(request));
            return;
        }
        later(() => {
            if (sent === this._sent) this._work(request);
        });
    }
    _work(request) {
        let answer;
        try {
            answer = answerTo(request);
        } catch (problem) {
            log("Error", "XMLHttpRequest: " + textOf(problem, "error"));
            this._end("error");
            return;
        }
        this._take(answer);
    }
    _take(answer) {
        define(this, { _answer: answer });
        this.status = answer.status;
        this.statusText = answer.statusText;
        this.responseURL = answer.url;
        this._reach(STATES.HEADERS_RECEIVED);
        this._reach(STATES.LOADING);
        this._end("load");
    }
    _reach(state) {
        this.readyState = state;
        this.dispatchEvent(new Event("readystatechange"));
    }
    _end(type) {
        this._reach(STATES.DONE);
        this.dispatchEvent(new Event(type));
        this.dispatchEvent(new Event("loadend"));
    }
    abort() {
        const waits = this.readyState === STATES.OPENED && this._sent;
        this._sent++;
        if (waits) this._end("abort");
        this.readyState = STATES.UNSENT;
    }
    get responseText() {
        return this._answer ? new TextDecoder().decode(this._answer._bytes) : "";
    }
    get response() {
        const { responseType: type, _answer: answer } = this;
        if (type === "" || type === "text") return this.responseText;
        if (!answer) return null;
        if (type === "arraybuffer") return answer._bytes.slice().buffer;
        if (type === "blob")
            return new Blob([answer._bytes],
                { type: answer.headers.get("content-type") ?? "" });
        try {
            return parseJson(this.responseText);
        } catch (malformed) {
            return null;
        }
    }
    getResponseHeader(name) { return this._answer?.headers.get(name) ?? null; }
    getAllResponseHeaders() {
        return [...this._answer?.headers ?? []].map(([name, value]) =>
            name + ": " + value + "\r\n").join("");
    }
    overrideMimeType() {}
}
define(XMLHttpRequest, STATES);
define(XMLHttpRequest.prototype, STATES);

define(script, { XMLHttpRequest });
