export default async function Push(Json, Text) {
    return JSON.stringify([...JSON.parse(Json), Text]);
}
