export default function named() { return named.x ?? "none" }
named.x = "d";
export const a = 1, b = 2, as = "as", of = "of", d = 9;
export { a as "a name", b as c };
