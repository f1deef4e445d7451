
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
    entries() { return this._values.entries(); }
    keys() { return this._values.keys(); }
    values() { return this._values.values(); }
    [Symbol.iterator]() { return this.entries(); }
    forEach(f) { this._values.forEach((value, name) => f(value, name, this)); }
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

class Response {
    constructor(body = null, { status = 200, statusText = "", headers,
        url = "" } = {}) {
        const bytes = body === null ? new Uint8Array() : bytesOf(body);
        define(this, { _bytes: bytes });
        this.status = status;
        this.statusText = statusText;
        this.ok = status >= 200 && status < 300;
        this.url = url;
        this.headers = new Headers(headers);
        this.body = body === null ? null : new Body(bytes);
    }
    async text() { return new TextDecoder().decode(this._bytes); }
    async json() { return parseJson(await this.text()); }
    async arrayBuffer() { return this._bytes.slice().buffer; }
    async blob() {
        return new Blob([this._bytes],
            { type: this.headers.get("content-type") ?? "" });
    }
    clone() { return new Response(this._bytes, this); }
    static json(value, options) {
        const made = new Response(printJson(value), options);
        made.headers.set("content-type", "application/json");
        return made;
    }
}

class Request {
    constructor(input, options) {
        const from = input instanceof Request ? input : {};
        const { method = from.method ?? "GET", headers = from.headers,
            body = from.body ?? null, signal = from.signal } = Object(options);
        this.url = input instanceof Request ? input.url : String(input);
        this.method = String(method).toUpperCase();
        this.headers = new Headers(headers);
        this.body = body;
        this.signal = signal;
    }
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
function textOfBytes(part) {
    try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
            .decode(bytesOf(part));
    } catch (binary) {
        throw new TypeError("fetch sends texts only, not bytes");
    }
}

function multipart(form, headers) {
    const border = "----form" + randomUUID();
    const quoted = (text) => "\"" + text.replace(/\n/g, "%0A")
        .replace(/\r/g, "%0D").replace(/"/g, "%22") + "\"";
    headers.set("content-type", "multipart/form-data; boundary=" + border);
    return [...form].map(([name, value]) => "--" + border +
        "\r\nContent-Disposition: form-data; name=" + quoted(name) +
        (value instanceof File ? "; filename=" + quoted(value.name) +
            "\r\nContent-Type: " + (value.type ||
                "application/octet-stream") : "") +
        "\r\n\r\n" + (value instanceof File ? textOfBytes(value) : value) +
        "\r\n").join("") + "--" + border + "--\r\n";
}

function textBody(body, headers) {
    if (body === null || body === undefined) return "";
    if (body instanceof FormData) return multipart(body, headers);
    const type = body instanceof Blob ? body.type
        : body instanceof URLSearchParams
            ? "application/x-www-form-urlencoded;charset=UTF-8"
            : typeof body === "string" ? "text/plain;charset=UTF-8" : "";
    if (type && !headers.has("content-type")) headers.set("content-type", type);
    return body instanceof Blob || body instanceof ArrayBuffer ||
        ArrayBuffer.isView(body) ? textOfBytes(body) : String(body);
}

/* The host answers {status, headers, body or base64} as a text. */
async function fetch(input, options) {
    const { url, method, headers, body, signal } = new Request(input, options);
    if (signal) signal.throwIfAborted();
    const here = fetchHere(url);
    if (here) return here;
    const text = textBody(body, headers);
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
