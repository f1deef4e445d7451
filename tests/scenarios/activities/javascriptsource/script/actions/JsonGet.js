/* A path such as `company.products[1].price`. */
export async function JsonGet(Json, Path) {
    const value = Path.split(/[.[\]]+/).filter((key) => key !== "")
        .reduce((at, key) => at?.[key], JSON.parse(Json));
    return value === undefined ? undefined : String(value);
}
