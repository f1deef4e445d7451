import { write } from "../storage.js";

export async function Store(Key, Value) {
    write(Key, Value);
}
