export { place, far, files } from "replaced";
