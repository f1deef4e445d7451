import { Big } from "big.js";

const MILLISECONDS = { SECOND: 1e3, MINUTE: 6e4, HOUR: 36e5, DAY: 864e5 };

export async function TimeBetween(Start, End, Unit) {
    if (!Start || !End) throw new Error("both times are needed");
    return new Big(End.getTime() - Start.getTime()).div(MILLISECONDS[Unit]);
}
