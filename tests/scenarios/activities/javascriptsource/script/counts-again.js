export { count as number, name } from "./counts.js";
