
/* ---- texts and bytes ------------------------------------------------------------
 * Actions send photos and read answers of many megabytes, so nothing here grows by
 * one character or one item at a time: that takes ten times the size and more. */

const fromCharCode = String.fromCharCode;

/* The text of codes up to U+FFFF in a typed array. */
function textOfCodes(codes) {
    let text = "";
    for (let at = 0; at < codes.length; at += 8192)
        text += apply(fromCharCode, String, codes.subarray(at, at + 8192));
    return text;
}

/* A text of characters up to U+00FF as bytes; null: it has others. */
function latinBytes(text) {
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        if (code > 255) return null;
        bytes[i] = code;
    }
    return bytes;
}

const LETTERS =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const letterCodes = latinBytes(LETTERS);
const letterValues = new Uint8Array(128);
letterCodes.forEach((code, value) => { letterValues[code] = value; });
const PAD = 0x3D;

function toBase64(bytes) {
    const codes = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(PAD);
    for (let i = 0, out = 0; i < bytes.length; i += 3, out += 4) {
        const bits = bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2];
        codes[out] = letterCodes[bits >> 18];
        codes[out + 1] = letterCodes[bits >> 12 & 63];
        if (i + 1 < bytes.length) codes[out + 2] = letterCodes[bits >> 6 & 63];
        if (i + 2 < bytes.length) codes[out + 3] = letterCodes[bits & 63];
    }
    return textOfCodes(codes);
}

function fromBase64(text) {
    const letters = String(text).replace(/[\t\n\f\r ]+/g, "");
    const plain = letters.length % 4 === 0 ? letters.replace(/={1,2}$/, "")
        : letters;
    if (plain.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(plain))
        throw new DOMException("atob takes Base64", "InvalidCharacterError");
    const bytes = new Uint8Array(plain.length * 3 >> 2);
    for (let i = 0, out = 0; i < plain.length; i += 4) {
        let bits = 0;
        for (let k = i; k < i + 4; k++)
            bits = bits << 6 | (k < plain.length
                ? letterValues[plain.charCodeAt(k)] : 0);
        bytes[out++] = bits >> 16; // what is behind the end is left out
        bytes[out++] = bits >> 8;
        bytes[out++] = bits;
    }
    return bytes;
}

function btoa(text) {
    const bytes = latinBytes(String(text));
    if (!bytes)
        throw new DOMException("btoa takes characters up to U+00FF",
            "InvalidCharacterError");
    return toBase64(bytes);
}
function atob(text) { return textOfCodes(fromBase64(text)); }

/* As many whole characters as there is place for. */
function putUtf8(text, into) {
    let read = 0, written = 0;
    while (read < text.length) {
        const code = text.codePointAt(read);
        let point = code >= 0xD800 && code < 0xE000 ? 0xFFFD : code;
        const length = point < 0x80 ? 1 : point < 0x800 ? 2
            : point < 0x10000 ? 3 : 4;
        if (written + length > into.length) break;
        for (let k = length - 1; k; k--, point >>= 6)
            into[written + k] = 0x80 | point & 63;
        into[written] = length === 1 ? point : 0xF00 >> length & 0xFF | point;
        written += length;
        read += code > 0xFFFF ? 2 : 1;
    }
    return { read, written };
}

class TextEncoder {
    get encoding() { return "utf-8"; }
    encode(given = "") {
        const text = String(given), bytes = new Uint8Array(text.length * 3);
        return bytes.slice(0, putUtf8(text, bytes).written);
    }
    encodeInto(text, into) { return putUtf8(String(text), into); }
}

/* The character that begins at `at`, and how many bytes it has; -1 for those that
 * are none. */
function decodeAt(bytes, at) {
    const first = bytes[at];
    const length = first < 0xC2 || first > 0xF4 ? 0 : first < 0xE0 ? 2
        : first < 0xF0 ? 3 : 4;
    if (!length) return [-1, 1];
    let code = first & 0xFF >> length + 1;
    let least = first === 0xE0 ? 0xA0 : first === 0xF0 ? 0x90 : 0x80;
    let most = first === 0xED ? 0x9F : first === 0xF4 ? 0x8F : 0xBF;
    for (let i = 1; i < length; i++) {
        const next = bytes[at + i];
        if (!(next >= least && next <= most)) return [-1, i];
        code = code << 6 | next & 63;
        least = 0x80;
        most = 0xBF;
    }
    return [code, length];
}

function utf8Text(bytes, fatal) {
    const codes = new Uint16Array(bytes.length);
    let count = 0, at = 0;
    while (at < bytes.length) {
        if (bytes[at] < 0x80) {
            codes[count++] = bytes[at++];
            continue;
        }
        const [code, length] = decodeAt(bytes, at);
        if (fatal && code < 0)
            throw new TypeError("TextDecoder: it is not UTF-8");
        if (code > 0xFFFF) codes[count++] = 0xD7C0 + (code >> 10);
        codes[count++] = code < 0 ? 0xFFFD
            : code > 0xFFFF ? 0xDC00 | code & 0x3FF : code;
        at += length;
    }
    return textOfCodes(codes.subarray(0, count));
}

/* 0x80 to 0x9F */
const WINDOWS = "\u20AC\x81\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160" +
    "\u2039\u0152\x8D\u017D\x8F\x90\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC" +
    "\u2122\u0161\u203A\u0153\x9D\u017E\u0178";
function windowsText(bytes) {
    return textOfCodes(Uint16Array.from(bytes, (code) =>
        code >= 0x80 && code < 0xA0 ? WINDOWS.charCodeAt(code - 0x80) : code));
}

function utf16Text(bytes, high) {
    const codes = new Uint16Array(bytes.length >> 1);
    for (let i = 0; i < codes.length; i++)
        codes[i] = bytes[2 * i + high] << 8 | bytes[2 * i + 1 - high];
    return textOfCodes(codes);
}

const LABELS = {};
for (const [encoding, ...labels] of [
    ["utf-8", "utf8", "unicode-1-1-utf-8"],
    ["utf-16le", "utf-16", "ucs-2", "unicode"], ["utf-16be"],
    ["windows-1252", "ascii", "us-ascii", "latin1", "l1", "iso-8859-1",
        "iso8859-1", "iso_8859-1", "cp1252"]])
    for (const label of [encoding, ...labels]) LABELS[label] = encoding;

class TextDecoder {
    constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
        const encoding = LABELS[String(label).trim().toLowerCase()];
        if (!encoding)
            throw new RangeError("TextDecoder does not know " + label);
        define(this, { encoding, fatal, ignoreBOM, _rest: new Uint8Array(),
            _begun: false });
    }
    /* What a chunk ends within is kept for the next one. */
    decode(source, { stream = false } = {}) {
        const bytes = this._behindRest(source === undefined
            ? new Uint8Array() : bytesOf(source));
        const end = stream ? this._whole(bytes) : bytes.length;
        const text = this._text(bytes.subarray(0, end));
        const first = !this._begun;
        this._rest = bytes.slice(end);
        this._begun = stream && (this._begun || text !== "");
        return first && !this.ignoreBOM && text.startsWith("\uFEFF")
            ? text.slice(1) : text;
    }
    _behindRest(given) {
        if (!this._rest.length) return given;
        const bytes = new Uint8Array(this._rest.length + given.length);
        bytes.set(this._rest);
        bytes.set(given, this._rest.length);
        return bytes;
    }
    /* Where the last whole character ends. */
    _whole(bytes) {
        if (this.encoding === "windows-1252") return bytes.length;
        if (this.encoding !== "utf-8") return bytes.length & ~1;
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
        switch (this.encoding) {
        case "windows-1252": return windowsText(bytes);
        case "utf-16le": return utf16Text(bytes, 1);
        case "utf-16be": return utf16Text(bytes, 0);
        default: return utf8Text(bytes, this.fatal);
        }
    }
}
provide("text-encoding", { TextEncoder, TextDecoder });
