export async function FillObject(Target, Json) {
    const values = JSON.parse(Json);
    for (const name of Target.getAttributes()) {
        if (!(name in values) || Target.isReference(name)) continue;
        Target.set(name, Target.isDate(name) ? new Date(values[name])
            : values[name]);
    }
}
