export default async function (Json, Value) {
    const array = JSON.parse(Json);
    array.push(Value);
    return JSON.stringify(array);
}
