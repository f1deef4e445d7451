
/* ---- entities: what objects and mx.meta know of them (activities 12.4) ------- */

const metas = new Map(); // by name; null: there is none

/* {name, persistable, supers, subs, members: [{name, type, …}]} as an object
 * with the questions of the client API; null. */
function metaOf(name) {
    let meta = metas.get(name);
    if (meta === undefined) {
        const entity = host("entity", String(name));
        meta = entity ? new MetaObject(entity) : null;
        metas.set(name, meta);
    }
    return meta;
}

const NUMBERS = ["Integer", "Long", "Decimal", "AutoNumber"];

class MetaObject {
    constructor(entity) {
        Object.assign(this, entity);
        Object.defineProperty(this, "_byName", { value: new Map(
            entity.members.map((m) => [m.name, m])) });
    }

    get isPersistable() { return this.persistable; }
    getName() { return this.name; }
    getEntity() { return this.name; }

    getAttributes() { return this.members.map((m) => m.name); }
    getReferenceAttributes() {
        return this.getAttributes().filter((name) => this.isReference(name));
    }
    getAttributesWithoutReferences() {
        return this.getAttributes().filter((name) => !this.isReference(name));
    }
    has(name) { return this._byName.has(String(name)); }
    getAttributeType(name) {
        const member = this._byName.get(String(name));
        return member ? member.type : undefined;
    }

    isBoolean(name) { return this.getAttributeType(name) === "Boolean"; }
    isDate(name) { return this.getAttributeType(name) === "DateTime"; }
    isLocalizedDate(name) {
        return this.isDate(name) && this._byName.get(String(name)).localized;
    }
    isEnum(name) { return this.getAttributeType(name) === "Enum"; }
    isNumeric(name) { return NUMBERS.includes(this.getAttributeType(name)); }
    isPassword(name) { return this.getAttributeType(name) === "HashString"; }
    isReference(name) {
        return this.isObjectReference(name) || this.isObjectReferenceSet(name);
    }
    isObjectReference(name) {
        return this.getAttributeType(name) === "ObjectReference";
    }
    isObjectReferenceSet(name) {
        return this.getAttributeType(name) === "ObjectReferenceSet";
    }

    /* Both ends own it. */
    isBidirectionalReference(name) {
        return this.isReference(name) && this._byName.get(String(name)).both;
    }

    isA(entity) { return this.name === entity; }
    inheritsFrom(entity) { return this.supers.includes(entity); }
    getSuperEntities() { return this.supers.slice(); }
    hasSuperEntities() { return this.supers.length > 0; }
    getSubEntities() { return this.subs.slice(); }
    hasSubEntities() { return this.subs.length > 0; }
    getSelectorEntity(name) {
        const member = this._byName.get(String(name));
        return member && member.entity ? member.entity : "";
    }

    getEnumMap(name) { return host("enumeration", [this.name, String(name)]); }
    getEnumCaption(name, key) {
        const value = this.getEnumMap(name).find((v) => v.key === key);
        return value ? value.caption : "";
    }
    getEnumKVPairs(name) {
        return Object.fromEntries(this.getEnumMap(name).map((v) =>
            [v.key, v.caption]));
    }
    getOptions(name) { return this.getEnumMap(name).map((v) => v.key); }
}

/* All entities by name, made once: scripts ask for it in loops. */
let metaMap = null;
function allMetas() {
    metaMap ??= Object.fromEntries(host("entities").map((name) =>
        [name, metaOf(name)]));
    return metaMap;
}
