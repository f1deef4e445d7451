export function Reload() {
    mx.reload();
    return new Promise(() => {});
}
