import Big from "big.js";
import { callbacks } from "../callbacks";

export async function Execute(Name, Arguments) {
    const { Callback, names } = callbacks.get(Name);
    const values = JSON.parse(Arguments);
    const result = await Callback(
        Object.fromEntries(names.map((name, i) => [name, values[i]])));
    if (!(result instanceof Big)) throw new Error("no Big");
    return JSON.stringify(Number(result));
}
