import { run } from "../run";

export async function Make(Script, Entity) {
    return run(Script, { Entity });
}
