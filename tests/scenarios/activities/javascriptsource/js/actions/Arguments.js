import { Big } from "big.js";

const kind = (value) => value instanceof Big ? "Big " + value
    : value instanceof Date ? "Date " + value.toISOString()
    : Array.isArray(value) ? "array of " + value.length
    : typeof value === "object" ? value.getEntity()
    : typeof value + " " + value;

/* Without a promise. */
export function Arguments(...values) {
    return values.map(kind).join(", ") + ", " + (values[6] === values[7]) +
        ", " + arguments.length;
}
