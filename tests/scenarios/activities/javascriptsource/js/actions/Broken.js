import { id } from "../typed";

export async function Broken(Script) {
    return id(Script);
}
