import { number, name } from "./counts-again.js";

export const seen = () => number + "," + name;
export function assign() { number = 7; }
