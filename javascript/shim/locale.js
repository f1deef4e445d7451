
/* ---- the user's language where a script names none ----------------------------
 * The engine takes the process's language, which is what the machine has. */

function languageTag() {
    return String(session.language || "en-US").replace("_", "-");
}

/* Replaces the method: its argument at `at` is the language if it is none. */
function inLanguage(prototype, name, at = 0) {
    const real = prototype[name];
    define(prototype, { [name](...values) {
        while (values.length < at) values.push(undefined);
        if (values[at] === undefined) values[at] = languageTag();
        return apply(real, this, values);
    } });
}
for (const [prototype, ...names] of [
    [Number.prototype, "toLocaleString"],
    [BigInt.prototype, "toLocaleString"],
    [Array.prototype, "toLocaleString"],
    [RealDate.prototype, "toLocaleString", "toLocaleDateString",
        "toLocaleTimeString"],
    [String.prototype, "toLocaleUpperCase", "toLocaleLowerCase"]])
    for (const name of names) inLanguage(prototype, name);
inLanguage(String.prototype, "localeCompare", 1);

for (const name of Object.getOwnPropertyNames(Intl)) {
    const Real = Intl[name];
    if (typeof Real !== "function" || !Real.prototype || name === "Locale")
        continue;
    const given = ([language, ...more]) =>
        [language === undefined ? languageTag() : language, ...more];
    const Made = new Proxy(Real, {
        construct: (target, values, derived) => Reflect.construct(target,
            given(values), derived === Made ? target : derived),
        apply: (target, self, values) => apply(target, self, given(values)),
    });
    define(Real.prototype, { constructor: Made });
    define(Intl, { [name]: Made });
}
