const none = await Promise.resolve([]);

export default async function Push(Json, Text) {
    return JSON.stringify([...none, ...JSON.parse(Json), Text]);
}
