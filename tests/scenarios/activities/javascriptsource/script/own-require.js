const require = (name) => "own " + name;
export const got = require("a");
