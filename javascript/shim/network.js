
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
        const form = new FormData();
        if (!/^application\/x-www-form-urlencoded/
            .test(this.headers.get("content-type")))
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

class Request extends Message {
    constructor(input, options) {
        const from = input instanceof Request ? input : {};
        const { method = from.method ?? "GET", headers = from.headers,
            body = from.body ? from._bytes : null,
            signal = from.signal } = Object(options);
        super(headers, body);
        this.url = input instanceof Request ? input.url : String(input);
        this.method = String(method).toUpperCase();
        this.signal = signal;
    }
    clone() { return new Request(this); }
}

/* What needs no network: data: and blob: addresses; undefined. */
function fetchHere(url) {
    const blob = blobs.get(url);
    if (blob)
        return new Response(blob, { url, headers: { "content-type":
            blob.type } });
    const parts = /^data:([^,]*?)(;base64)?,(.*)$/s.exec(url);
    return parts ? new Response(parts[2] ? fromBase64(decodeURIComponent(parts[3]))
        : decodeURIComponent(parts[3]), { url, headers: { "content-type":
            parts[1] || "text/plain" } }) : undefined;
}

/* What the host can be told: a text. */
function textOfBytes(bytes) {
    try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
            .decode(bytes);
    } catch (binary) {
        throw new TypeError("fetch sends texts only, not bytes");
    }
}

/* The host answers {status, headers, body or base64} as a text. */
async function fetch(input, options) {
    const request = new Request(input, options);
    const { url, method, headers, signal } = request;
    if (signal) signal.throwIfAborted();
    const here = fetchHere(url);
    if (here) return here;
    const text = textOfBytes(request._bytes);
    const answered = host("request", ["fetch", { url, method,
        headers: printJson(Object.fromEntries(headers)), body: text }]);
    if (typeof answered !== "string")
        throw new TypeError("fetch is not available: the host gives " +
            "JavaScript actions no network");
    const given = parseJson(answered);
    return new Response(given.base64 === undefined ? given.body ?? ""
        : fromBase64(given.base64), { ...given, url });
}

define(script, { fetch, FormData, Headers, Request, Response });
