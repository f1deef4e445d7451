
/* ---- objects (activities 12.4) -------------------------------------------- */

const entities = new Map();

/* {name, persistable, supers, subs, members: [{name, type, …}]}; null. */
function entityOf(name) {
    let entity = entities.get(name);
    if (entity === undefined) {
        entity = host("entity", String(name));
        if (entity) {
            entity.byName = new Map(entity.members.map((m) => [m.name, m]));
            entities.set(name, entity);
        }
    }
    return entity;
}

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

const NUMBERS = ["Integer", "Long", "Decimal", "AutoNumber"];

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

    get metadata() {
        const entity = entityOf(this._entity);
        return { name: entity.name, isPersistable: entity.persistable,
            getName: () => entity.name,
            getAttributes: () => this.getAttributes() };
    }

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

    getAttributes() {
        return entityOf(this._entity).members.map((m) => m.name);
    }
    getReferenceAttributes() {
        return entityOf(this._entity).members.filter(isAssociation)
            .map((m) => m.name);
    }
    has(name) { return memberOf(this, name) !== undefined; }
    getAttributeType(name) {
        const member = memberOf(this, name);
        return member ? member.type : undefined;
    }

    isBoolean(name) { return typeOf(this, name) === "Boolean"; }
    isDate(name) { return typeOf(this, name) === "DateTime"; }
    isLocalizedDate(name) {
        return this.isDate(name) && memberOf(this, name).localized;
    }
    isEnum(name) { return typeOf(this, name) === "Enum"; }
    isNumeric(name) { return NUMBERS.includes(typeOf(this, name)); }
    isPassword(name) { return typeOf(this, name) === "HashString"; }
    isReadonlyAttr(name) { return host("readonly", [this._guid, String(name)]); }
    isReference(name) { return isAssociation(memberOf(this, name)); }
    isObjectReference(name) {
        return typeOf(this, name) === "ObjectReference";
    }
    isObjectReferenceSet(name) {
        return typeOf(this, name) === "ObjectReferenceSet";
    }

    isA(entity) { return this._entity === entity; }
    inheritsFrom(entity) {
        return entityOf(this._entity).supers.includes(entity);
    }
    getSuperEntities() { return entityOf(this._entity).supers.slice(); }
    hasSuperEntities() { return this.getSuperEntities().length > 0; }
    getSubEntities() { return entityOf(this._entity).subs.slice(); }
    hasSubEntities() { return this.getSubEntities().length > 0; }
    getSelectorEntity(name) {
        const member = memberOf(this, name);
        return member && member.entity ? member.entity : "";
    }

    getReference(name) { return this.get(name); }
    getReferences(name) { return idsOf(this.get(name)); }
    addReference(name, guid) { return this.addReferences(name, [guid]); }
    addReferences(name, guids) {
        return changeReferences(this, name,
            [...new Set([...this.getReferences(name), ...guids.map(guidOf)])]);
    }
    removeReferences(name, guids) {
        const gone = guids.map(guidOf);
        return changeReferences(this, name,
            this.getReferences(name).filter((id) => !gone.includes(id)));
    }

    getEnumMap(name) { return host("enumeration", [this._entity, String(name)]); }
    getEnumCaption(name, key) {
        const value = this.getEnumMap(name).find((v) => v.key === key);
        return value ? value.caption : "";
    }
    getOptions(name) { return this.getEnumMap(name).map((v) => v.key); }
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

function memberOf(object, name) {
    return entityOf(object._entity).byName.get(String(name));
}
function typeOf(object, name) {
    const member = memberOf(object, name);
    return member ? member.type : "";
}
function isAssociation(member) {
    return member !== undefined && member.type.startsWith("ObjectReference");
}
function idsOf(value) {
    return Array.isArray(value) ? value : value === "" ? [] : [value];
}
function changeReferences(object, name, ids) {
    try {
        host("set", [object._guid, String(name), ["l", ids.map((id) => ["s", id])]]);
        return true;
    } catch (refused) {
        return false;
    }
}

/* The value at the end of a path: associations and entities, then perhaps an
 * attribute; an object or a list of objects where there is none. */
function follow(object, path) {
    let found = [object];
    let many = false;
    for (const part of path.split("/")) {
        if (part.indexOf(".") < 0)
            return found.length ? found[0].get(part) : "";
        if (entityOf(part)) continue;
        const next = found.flatMap((o) => host("associated", [o._guid, part]));
        many = many || next.some((o) => o[0] === "l");
        found = next.flatMap((o) => o === null ? [] :
            o[0] === "l" ? o[1].map(toScript) : [toScript(o)]);
    }
    return many ? found : found.length ? found[0] : null;
}
