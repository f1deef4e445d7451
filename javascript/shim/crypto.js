
/* ---- crypto: random numbers of the session, hashes, HMAC ------------------------ */

function getRandomValues(array) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset,
        array.byteLength);
    host("random", bytes.length).forEach((byte, i) => { bytes[i] = byte; });
    return array;
}
function randomUUID() {
    const bytes = getRandomValues(new Uint8Array(16));
    bytes[6] = bytes[6] & 15 | 64;
    bytes[8] = bytes[8] & 63 | 128;
    const text = [...bytes].map((b) => (b + 256).toString(16).slice(1)).join("");
    return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.*)$/, "$1-$2-$3-$4-$5");
}

function unsupported(name) {
    return new DOMException("crypto.subtle: " + name + " is not available here",
        "NotSupportedError");
}
function nameOf(algorithm) {
    return String(Object(algorithm).name ?? algorithm).toUpperCase();
}

/* Bytes of an array or buffer as they are now. */
function copyOf(bytes) {
    if (!ArrayBuffer.isView(bytes) && !(bytes instanceof ArrayBuffer))
        throw new TypeError("bytes are expected");
    return bytesOf(bytes).slice();
}

const BLOCKS = { "SHA-1": 64, "SHA-256": 64, "SHA-384": 128, "SHA-512": 128 };
function hash(name, bytes) {
    if (!(name in BLOCKS)) throw unsupported(name);
    return fromBase64(host("digest", [name, toBase64(bytes)]));
}
function joined(a, b) {
    const all = new Uint8Array(a.length + b.length);
    all.set(a);
    all.set(b, a.length);
    return all;
}
function hmac(name, secret, bytes) {
    const key = new Uint8Array(BLOCKS[name]);
    key.set(secret.length > key.length ? hash(name, secret) : secret);
    return hash(name, joined(key.map((b) => b ^ 0x5C),
        hash(name, joined(key.map((b) => b ^ 0x36), bytes))));
}

/* The secret is in no script's reach unless it may be exported. */
const secrets = new WeakMap();
function makeKey(secret, { hash: name }, extractable, usages) {
    if (!(nameOf(name) in BLOCKS)) throw unsupported(nameOf(name));
    const key = { type: "secret", extractable: extractable === true,
        algorithm: { name: "HMAC", hash: { name: nameOf(name) },
            length: secret.length * 8 }, usages: [...usages] };
    secrets.set(key, secret);
    return key;
}
function secretOf(algorithm, key) {
    if (nameOf(algorithm) !== "HMAC") throw unsupported(nameOf(algorithm));
    if (!secrets.has(key)) throw new TypeError("a key is expected");
    return [key.algorithm.hash.name, secrets.get(key)];
}

const subtle = new Proxy({
    async digest(algorithm, bytes) {
        return hash(nameOf(algorithm), copyOf(bytes)).buffer;
    },
    async importKey(format, bytes, algorithm, extractable, usages) {
        if (format !== "raw" || nameOf(algorithm) !== "HMAC")
            throw unsupported(nameOf(algorithm) + " keys as \"" + format +
                "\"");
        return makeKey(copyOf(bytes), algorithm, extractable, usages);
    },
    async generateKey(algorithm, extractable, usages) {
        if (nameOf(algorithm) !== "HMAC") throw unsupported(nameOf(algorithm));
        const length = algorithm.length / 8 || BLOCKS[nameOf(algorithm.hash)];
        return makeKey(getRandomValues(new Uint8Array(length || 0)), algorithm,
            extractable, usages);
    },
    async exportKey(format, key) {
        if (format !== "raw" || !secrets.has(key) || !key.extractable)
            throw new DOMException("the key can't be exported",
                "InvalidAccessError");
        return secrets.get(key).slice().buffer;
    },
    async sign(algorithm, key, bytes) {
        return hmac(...secretOf(algorithm, key), copyOf(bytes)).buffer;
    },
    async verify(algorithm, key, signature, bytes) {
        const made = hmac(...secretOf(algorithm, key), copyOf(bytes));
        const given = copyOf(signature);
        return made.length === given.length &&
            made.every((byte, i) => byte === given[i]);
    },
}, { get: (target, name) => target[name] ?? (typeof name === "string" &&
    name !== "then" ? async () => { throw unsupported(name); } : undefined) });
