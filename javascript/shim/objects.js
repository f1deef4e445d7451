
/* ---- objects (activities 12.4) -------------------------------------------- */

const wrappers = new Map(); // id to WeakRef: one wrapper per object (12.2)

function wrap(guid, entity) {
    const known = wrappers.get(guid);
    const wrapper = known && known.deref();
    if (wrapper) return wrapper;
    const made = new MxObject(guid, entity);
    wrappers.set(guid, new WeakRef(made));
    return made;
}

/* Gives back what no script holds any more. */
function sweep() {
    const gone = [];
    native.collect();
    for (const [guid, wrapper] of wrappers)
        if (!wrapper.deref()) gone.push(guid);
    for (const guid of gone) wrappers.delete(guid);
    host("release", gone);
}

function guidOf(value) {
    return value instanceof MxObject ? value._guid : String(value);
}

/* As get() gives it: the empty value is always "". */
function memberValue(value) {
    if (value === null) return "";
    switch (value[0]) {
    case "n": return new Big(value[1]);
    case "l": return value[1].slice();
    default: return value[1];
    }
}

class MxObject {
    constructor(guid, entity) {
        Object.defineProperties(this, {
            _guid: { value: guid },
            id: { value: guid },
            _entity: { value: entity },
        });
    }

    get metadata() { return metaOf(this._entity); }
    get _unavailable() { return false; }

    /* How the client keeps it, which scripts look into: numbers are texts. */
    get jsonData() {
        const meta = this.metadata;
        return { guid: this._guid, objectType: this._entity,
            attributes: Object.fromEntries(this.getAttributes().map((name) => {
                const value = this.get(name);
                return [name, { value: isBig(value) ? value.toFixed() :
                    meta.isReference(name) && value === "" ? null : value }];
            })) };
    }
    toJSON() { return this.jsonData; }

    getGuid() { return this._guid; }
    getEntity() { return this._entity; }

    get(name) {
        return memberValue(host("get", [this._guid, String(name)]));
    }
    set(name, value) {
        const wire = value === "" ? null : toWire(value);
        host("set", [this._guid, String(name), wire]);
        return true;
    }
    getOriginalValue(name) {
        return memberValue(host("original", [this._guid, String(name)]));
    }
    getOriginalReferences(name) {
        return idsOf(this.getOriginalValue(name));
    }
    hasChanges() { return host("changed", this._guid); }

    isReadonlyAttr(name) { return host("readonly", [this._guid, String(name)]); }

    getReference(name) { return this.get(name); }
    getReferences(name) { return idsOf(this.get(name)); }
    addReference(name, guid) { return this.addReferences(name, [guid]); }
    addReferences(name, guids) {
        return changeReferences(this, name, (known) =>
            [...new Set([...known, ...guids.map(guidOf)])]);
    }
    removeReferences(name, guids) {
        const gone = guids.map(guidOf);
        return changeReferences(this, name, (known) =>
            known.filter((id) => !gone.includes(id)));
    }

    getChildren() { return []; }

    fetch(path, callback, error) {
        answer({ callback, error }, () => follow(this, String(path)));
    }
    compare(other) {
        return other instanceof MxObject && other._entity === this._entity &&
            this.getAttributes().every((name) =>
                printJson(toWire(this.get(name))) ===
                printJson(toWire(other.get(name))));
    }
    toString() { return "[MxObject " + this._entity + " " + this._guid + "]"; }
}

/* What an object knows by its entity. */
for (const name of Object.getOwnPropertyNames(MetaObject.prototype))
    if (typeof MetaObject.prototype[name] === "function" &&
        !Object.hasOwn(MxObject.prototype, name))
        define(MxObject.prototype, { [name](...values) {
            return metaOf(this._entity)[name](...values);
        } });

function idsOf(value) {
    return Array.isArray(value) ? value : value === "" ? [] : [value];
}
function changeReferences(object, name, change) {
    try {
        const ids = change(object.getReferences(name));
        host("set", [object._guid, String(name), ["l",
            ids.map((id) => ["s", id])]]);
        return true;
    } catch (refused) {
        return false;
    }
}

/* The value at the end of a path: associations and entities, then perhaps an
 * attribute; an object or a list of objects where there is none. `reverse`: an
 * association of an entity with itself is seen from its other end. */
function follow(object, path, reverse = false) {
    let found = object ? [object] : [];
    let many = false;
    for (const part of path.split("/")) {
        if (part.indexOf(".") < 0)
            return found.length ? found[0].get(part) : "";
        if (metaOf(part)) continue;
        const next = found.flatMap((o) => host("associated",
            [o._guid, part, reverse]));
        many = many || next.some((o) => o && o[0] === "l");
        found = next.flatMap((o) => o === null ? [] :
            o[0] === "l" ? o[1].map(toScript) : [toScript(o)]);
    }
    return many ? found : found.length ? found[0] : null;
}
