
/* ---- addresses ------------------------------------------------------------------- */

function plus(text) {
    return encodeURIComponent(text).replace(/%20/g, "+")
        .replace(/[!'()~]/g, (c) => "%" + c.charCodeAt(0).toString(16)
            .toUpperCase());
}
function unplus(text) {
    try {
        return decodeURIComponent(text.replace(/\+/g, " "));
    } catch (malformed) {
        return text;
    }
}

function pairsOf(from) {
    return typeof from === "string"
        ? from.replace(/^\?/, "").split("&").filter((p) => p).map((p) => {
            const at = p.indexOf("=");
            return at < 0 ? [unplus(p), ""]
                : [unplus(p.slice(0, at)), unplus(p.slice(at + 1))];
        })
        : (typeof from[Symbol.iterator] === "function" ? [...from]
            : Object.entries(from)).map(([k, v]) => [String(k), String(v)]);
}

/* Names with values, some of them more than once: of addresses and forms. */
class Pairs {
    constructor(pairs) { define(this, { _pairs: pairs }); }
    append(name, ...value) {
        this._pairs.push([String(name), this._valueOf(...value)]);
    }
    get size() { return this._pairs.length; }
    delete(name, value) {
        this._pairs = this._pairs.filter((p) => p[0] !== name ||
            (value !== undefined && p[1] !== value));
    }
    get(name) {
        const found = this._pairs.find((p) => p[0] === name);
        return found ? found[1] : null;
    }
    getAll(name) {
        return this._pairs.filter((p) => p[0] === name).map((p) => p[1]);
    }
    has(name, value) {
        return this.getAll(name).some((v) => value === undefined || v === value);
    }
    set(name, ...value) {
        const first = this._pairs.findIndex((p) => p[0] === name);
        const kept = this._pairs.filter((p, i) => p[0] !== name || i === first);
        const pair = kept.find((p) => p[0] === name);
        const given = this._valueOf(...value);
        if (pair) pair[1] = given;
        else kept.push([String(name), given]);
        this._pairs = kept;
    }
    forEach(f) { this._pairs.forEach(([k, v]) => f(v, k, this)); }
    keys() { return this._pairs.map((p) => p[0])[Symbol.iterator](); }
    values() { return this._pairs.map((p) => p[1])[Symbol.iterator](); }
    entries() { return this._pairs.map((p) => [...p])[Symbol.iterator](); }
    [Symbol.iterator]() { return this.entries(); }
}

class URLSearchParams extends Pairs {
    constructor(from = "") {
        super(pairsOf(from));
    }
    _valueOf(value) { return String(value); }
    sort() { this._pairs.sort((a, b) => a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0); }
    toString() {
        return this._pairs.map(([k, v]) => plus(k) + "=" + plus(v)).join("&");
    }
}

const PORTS = { "http:": "80", "https:": "443", "ws:": "80", "wss:": "443",
    "ftp:": "21" };
const URL_PARTS =
    /^([A-Za-z][A-Za-z0-9+.-]*:)(?:\/\/(?:([^/?#]*)@)?(\[[^\]]*\]|[^/?#:]*)(?::(\d*))?)?([^?#]*)(\?[^#]*)?(#.*)?$/s;

/* "/a/./b/../c" as "/a/c" */
function cleanPath(path) {
    const out = [];
    const parts = path.split("/");
    parts.forEach((part, i) => {
        if (part === "..") {
            if (out.length > 1) out.pop();
            if (i === parts.length - 1) out.push("");
        } else if (part !== "." || i === parts.length - 1) {
            out.push(part === "." ? "" : part);
        }
    });
    return out.join("/");
}

/* What is none of its characters, as %XX. */
function escapeUrl(text, others) {
    return text.toWellFormed().replace(/[^\x21-\x7E]|["<>]/gu,
        (c) => encodeURIComponent(c)).replace(others, (c) => "%" +
        c.charCodeAt(0).toString(16).toUpperCase());
}
const IN_USER = /[/:;=@[\\\]^`{|}?#]/g, IN_PATH = /[`{}?#]/g, IN_QUERY = /['#]/g,
    IN_HASH = /`/g;

function joinUrl(text, base) {
    if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(text)) return text;
    if (base === undefined) throw new TypeError("Invalid URL: " + text);
    const b = new URL(base);
    const front = b._front();
    if (text.startsWith("//")) return b.protocol + text;
    if (text.startsWith("/")) return front + text;
    if (text.startsWith("?")) return front + b.pathname + text;
    if (text.startsWith("#") || text === "")
        return front + b.pathname + b.search + text;
    return front + b.pathname.replace(/[^/]*$/, "") + text;
}

/* The parts of an address; null: it is none. */
function partsOf(given) {
    const plain = given.toWellFormed().replace(/[\t\n\r]/g, "");
    const special = PORTS[/^[^:]*:/.exec(plain)?.[0].toLowerCase()];
    const found = URL_PARTS.exec(special === undefined ? plain
        : plain.replace(/^[^?#]*/, (front) => front.replaceAll("\\", "/")));
    if (!found || (special && !found[3])) return null;
    const [, scheme, user = "", host, port = "", path, query = "",
        hash = ""] = found;
    const colon = user.indexOf(":");
    return { protocol: scheme.toLowerCase(), slashes: host !== undefined,
        username: escapeUrl(colon < 0 ? user : user.slice(0, colon), IN_USER),
        password: colon < 0 ? "" : escapeUrl(user.slice(colon + 1), IN_USER),
        hostname: special ? host.toLowerCase() : host ?? "",
        port: port === special ? "" : port,
        pathname: special === undefined && host === undefined
            ? path.replace(/[^ -~]+/gu, encodeURIComponent)
            : escapeUrl(cleanPath(path || (special ? "/" : "")), IN_PATH),
        search: query === "?" ? "" : escapeUrl(query, IN_QUERY),
        hash: hash === "#" ? "" : escapeUrl(hash, IN_HASH) };
}

class URL {
    constructor(text, base) {
        define(this, { _params: new URLSearchParams() });
        this._take(joinUrl(String(text).trim(),
            base === undefined ? undefined : String(base)));
    }
    _take(text) {
        const parts = partsOf(text);
        if (!parts) throw new TypeError("Invalid URL: " + text);
        define(this, { _parts: parts });
        this._ask(parts.search);
    }
    /* The query is as it was given until somebody changes the parameters. */
    _ask(search) {
        this._parts.search = search;
        this._params._pairs = pairsOf(search);
        this._parts.query = this._params.toString();
    }
    _set(name, value) { this._parts[name] = value; }
    _special() { return this._parts.protocol in PORTS; }
    _front() {
        const { protocol, slashes, username, password } = this._parts;
        return protocol + (slashes ? "//" : "") + (username || password
            ? username + (password ? ":" + password : "") + "@" : "") +
            this.host;
    }
    get searchParams() { return this._params; }
    get search() {
        const query = this._params.toString();
        return query === this._parts.query ? this._parts.search
            : query ? "?" + query : "";
    }
    set search(text) {
        const query = String(text).replace(/^\?/, "");
        this._ask(query ? "?" + escapeUrl(query, IN_QUERY) : "");
    }
    get protocol() { return this._parts.protocol; }
    set protocol(text) {
        const scheme = String(text).replace(/:.*$/s, "").toLowerCase() + ":";
        if (!/^[a-z][a-z0-9+.-]*:$/.test(scheme) ||
            scheme in PORTS !== this._special()) return;
        this._set("protocol", scheme);
        this.port = this.port;
    }
    get username() { return this._parts.username; }
    set username(text) { this._set("username", escapeUrl(String(text), IN_USER)); }
    get password() { return this._parts.password; }
    set password(text) { this._set("password", escapeUrl(String(text), IN_USER)); }
    get hostname() { return this._parts.hostname; }
    set hostname(text) {
        const [name] = /^(\[[^\]]*\]|[^/?#:]*)/.exec(String(text));
        if (name) this._set("hostname", this._special() ? name.toLowerCase()
            : name);
    }
    get port() { return this._parts.port; }
    set port(text) {
        const [digits] = /^\d*/.exec(String(text));
        if (!digits && String(text) !== "") return;
        this._set("port", digits === PORTS[this.protocol] ? "" : digits);
    }
    get host() { return this.hostname + (this.port ? ":" + this.port : ""); }
    set host(text) {
        this.hostname = text;
        const [, port] = /:(\d+)[^\]]*$/.exec(String(text)) ?? [];
        if (port) this.port = port;
    }
    get pathname() { return this._parts.pathname; }
    set pathname(text) {
        const path = String(text);
        this._set("pathname", escapeUrl(!this._special() ? path
            : cleanPath(path.startsWith("/") ? path : "/" + path), IN_PATH));
    }
    get hash() { return this._parts.hash; }
    set hash(text) {
        const name = String(text).replace(/^#/, "");
        this._set("hash", name ? "#" + escapeUrl(name, IN_HASH) : "");
    }
    get origin() {
        return this._special() ? this.protocol + "//" + this.host : "null";
    }
    get href() {
        return this._front() + this.pathname + this.search + this.hash;
    }
    set href(text) { this._take(String(text).trim()); }
    toString() { return this.href; }
    toJSON() { return this.href; }
    static parse(text, base) {
        try {
            return new URL(text, base);
        } catch (malformed) {
            return null;
        }
    }
    static canParse(text, base) { return URL.parse(text, base) !== null; }
}
