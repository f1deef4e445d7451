import { got } from "./awaits.js";

export const more = got + " more";
