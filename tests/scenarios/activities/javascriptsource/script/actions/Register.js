import { callbacks } from "../callbacks";

export async function Register(Name, Callback, Hint) {
    callbacks.set(Name, { Callback, names: JSON.parse(Hint) });
}
