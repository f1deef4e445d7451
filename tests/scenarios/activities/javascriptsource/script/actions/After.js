export async function After(Callback, Delay) {
    setTimeout(async () => {
        const progress = mx.ui.showProgress("please wait", true);
        await Callback();
        mx.ui.hideProgress(progress);
    }, Number(Delay));
}
