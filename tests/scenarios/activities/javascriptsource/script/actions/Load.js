import { create, find, read, write } from "../storage.js";

export async function Load(Key, Entity) {
    const stored = read(Key);
    const known = await find(stored.guid);
    if (known) return known;
    const object = await create(Entity);
    for (const name of Object.keys(stored))
        if (name !== "guid") object.set(name, stored[name]);
    write(Key, object);
    return object;
}
