/* Objects in local storage, as JSON with their id. */
export function write(key, object) {
    const stored = { guid: object.getGuid() };
    for (const name of object.getAttributes())
        if (!object.isReference(name)) stored[name] = object.get(name);
    localStorage.setItem(key, JSON.stringify(stored));
}

export function read(key) {
    const text = localStorage.getItem(key);
    if (text === null) throw new Error(`There is no item "${key}"`);
    return JSON.parse(text);
}

export function find(guid) {
    return new Promise((callback, error) => {
        mx.data.get({ guid, callback, error });
    });
}

export function create(entity) {
    return new Promise((callback, error) => {
        mx.data.create({ entity, callback, error });
    });
}
