export async function Throw(Text) {
    throw new Error(Text);
}
