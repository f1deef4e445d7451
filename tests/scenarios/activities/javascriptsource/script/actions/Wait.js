export function Wait(Delay) {
    return new Promise((resolve) => {
        setTimeout(() => resolve(true), Number(Delay));
    });
}
