export function Confirm(Question) {
    return new Promise((resolve) => {
        mx.ui.confirmation({ content: Question, proceed: "OK",
            cancel: "Cancel", handler: () => resolve(true),
            onCancel: () => resolve(false) });
    });
}
