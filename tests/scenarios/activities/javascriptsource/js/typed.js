export function id(text: string): string {
    return text;
}
