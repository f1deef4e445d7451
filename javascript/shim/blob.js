
/* ---- Blob, File, FileReader --------------------------------------------------- */

function bytesOf(part) {
    if (part instanceof Blob) return part._bytes;
    if (part instanceof ArrayBuffer) return new Uint8Array(part);
    if (ArrayBuffer.isView(part))
        return new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    return new TextEncoder().encode(String(part));
}

class Blob {
    constructor(parts = [], { type = "" } = {}) {
        const all = [...parts].map(bytesOf);
        this._bytes = new Uint8Array(all.reduce((n, b) => n + b.length, 0));
        let at = 0;
        for (const bytes of all) {
            this._bytes.set(bytes, at);
            at += bytes.length;
        }
        this.type = String(type).toLowerCase();
    }
    get size() { return this._bytes.length; }
    slice(start, end, type = "") {
        return new Blob([this._bytes.slice(start, end)], { type });
    }
    async text() { return new TextDecoder().decode(this._bytes); }
    async arrayBuffer() { return this._bytes.slice().buffer; }
    async bytes() { return this._bytes.slice(); }
    stream() { return new Body(this._bytes); }
}

class File extends Blob {
    constructor(parts, name, options = {}) {
        super(parts, options);
        this.name = String(name);
        this.lastModified = options.lastModified ?? now();
    }
}

function base64(blob) {
    if (!(blob instanceof Blob) && !ArrayBuffer.isView(blob) &&
        !(blob instanceof ArrayBuffer))
        throw new TypeError("a Blob is expected");
    return toBase64(bytesOf(blob));
}

class FileReader extends EventTarget {
    constructor() {
        super();
        this.readyState = 0;
        this.result = null;
        this.error = null;
    }
    _read(blob, convert) {
        if (!(blob instanceof Blob)) throw new TypeError("a Blob is expected");
        this.readyState = 1;
        later(() => {
            this.readyState = 2;
            this.result = convert(blob);
            this.dispatchEvent(new Event("load"));
            this.dispatchEvent(new Event("loadend"));
        });
    }
    readAsText(blob) {
        this._read(blob, (b) => new TextDecoder().decode(b._bytes));
    }
    readAsArrayBuffer(blob) {
        this._read(blob, (b) => b._bytes.slice().buffer);
    }
    readAsBinaryString(blob) {
        this._read(blob, (b) => textOfCodes(b._bytes));
    }
    readAsDataURL(blob) {
        this._read(blob, (b) => "data:" +
            (b.type || "application/octet-stream") + ";base64," + base64(b));
    }
}

/* Addresses of blobs, which fetch reads. */
const blobs = new Map();
URL.createObjectURL = (blob) => {
    if (!(blob instanceof Blob)) throw new TypeError("a Blob is expected");
    const url = "blob:app/" + randomUUID();
    blobs.set(url, blob);
    return url;
};
URL.revokeObjectURL = (url) => { blobs.delete(String(url)); };

define(script, { Blob, File, FileReader });
