let count = 0;
const name = "first";
function next() { count++; }
export { count, name, next };
