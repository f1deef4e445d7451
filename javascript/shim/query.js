
/* ---- filters of the client API as XPath (activities 12.4, mx-api/data) ----------- */

const COMPARISONS = ["=", "!=", "<", "<=", ">", ">="];

/* A value as constraints have it; of a date attribute a number is a date. */
function literalOf(value, type) {
    if (value === undefined || value === null) return "empty";
    if (typeof value === "boolean") return value ? "true()" : "false()";
    if (value instanceof MxObject) return "'ID_" + value._guid + "'";
    if (value instanceof RealDate || (type === "DateTime" && !isNaN(value)))
        return "'" + new RealDate(Number(value)).toISOString() + "'";
    if (typeof value === "number" || typeof value === "bigint" || isBig(value))
        return new Big(String(value)).toFixed();
    return "'" + String(value).replaceAll("'", "''") + "'";
}

function pathOf(path) {
    if (!/^[\w./]+$/.test(path))
        throw new Error("a filter names no attribute: " + path);
    return String(path);
}

function comparisonOf(name, [left, right]) {
    const none = [left, right].find((f) => f.type === "value" &&
        (f.value === undefined || f.value === null));
    const link = [left, right].find((f) => f.type === "association");
    if (none && link && (name === "=" || name === "!=")) /* XPath has not(…) */
        return name === "=" ? "not(" + filterXpath(link) + ")"
            : filterXpath(link);
    const type = (left.type === "attribute" ? left : right).attributeType;
    return "(" + filterXpath(left, type) + " " + name + " " +
        filterXpath(right, type) + ")";
}

function callOf(name, parameters) {
    if (COMPARISONS.includes(name) && parameters.length === 2)
        return comparisonOf(name, parameters);
    const parts = parameters.map((part) => filterXpath(part));
    if ((name === "and" || name === "or") && parts.length)
        return "(" + parts.join(" " + name + " ") + ")";
    if (!/^[a-z][A-Za-z-]*$/.test(name))
        throw new Error("a filter has no function \"" + name + "\"");
    return name + "(" + parts.join(", ") + ")";
}

/* A QueryFilter; its constraint. */
function filterXpath(filter, type) {
    const { type: kind, name, parameters, attribute, associationPath, value } =
        Object(filter);
    switch (kind) {
    case "function": return callOf(String(name), [...parameters ?? []]);
    case "attribute": return pathOf(attribute);
    case "association": return pathOf(associationPath);
    case "value": return literalOf(value, type);
    default:
        throw new Error("a filter of the type \"" + kind +
            "\" is not available here");
    }
}

function findFiltered(entity, queryFilter, filter) {
    return find("//" + entity + (queryFilter === undefined ||
        queryFilter === null ? "" : "[" + filterXpath(queryFilter) + "]"),
    filter);
}

/* What mx.data.getOffline calls its operators. */
const OPERATORS = { equals: "=", notEquals: "!=", greaterThan: ">",
    greaterThanOrEquals: ">=", lessThan: "<", lessThanOrEquals: "<=",
    contains: "contains", startsWith: "starts-with", endsWith: "ends-with" };

function constraintFilter({ attribute, operator, value, negate }, entity) {
    const name = OPERATORS[operator], type = metaOf(entity);
    if (!name)
        throw new Error("a constraint has no operator \"" + operator + "\"");
    const held = { type: "function", name, parameters: [
        type && type.isReference(attribute)
            ? { type: "association", associationPath: attribute }
            : { type: "attribute", attribute,
                attributeType: type?.getAttributeType(attribute) },
        { type: "value", value }] };
    return negate ? { type: "function", name: "not", parameters: [held] } : held;
}

/* All that the constraints hold for, and how many there are without a limit. */
data.getOffline = (entity, constraints, filter, callback, error) => {
    answer({ callback: (found) => apply(callback, undefined, found), error },
        () => {
            refuseStrict();
            const parameters = [...constraints ?? []].map((c) =>
                constraintFilter(Object(c), String(entity)));
            const held = parameters.length
                ? { type: "function", name: "and", parameters } : null;
            const all = findFiltered(String(entity), held, { ...filter,
                offset: 0, amount: -1 });
            const from = filter?.offset > 0 ? Math.trunc(filter.offset) : 0;
            return [filter?.amount > 0 ? all.slice(from, from + filter.amount)
                : all.slice(from), all.length];
        });
};
for (const name of ["subscribe", "unsubscribe", "synchronizeOffline",
    "synchronizeDataWithFiles"])
    data[name] = notHere("mx.data." + name);
