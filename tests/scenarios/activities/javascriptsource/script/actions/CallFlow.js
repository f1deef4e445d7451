/* `catch` in the script: what an action sees of a flow that fails. */
export async function CallFlow(Callback, Script) {
    try {
        return String(await Callback(new Function("return " + Script)()));
    } catch (problem) {
        if (!Script.includes("catch")) throw problem;
        return "caught " + (problem instanceof Error) + " " + problem.message;
    }
}
