
/* ---- what actions take of a phone (activities J17, 12.7) ------------------------
 * The parts of react-native that ask the user, open addresses and keep values are
 * asked of the session, in apps for phones. Everything else of it needs a device:
 * it can be imported, and using it fails. */

/* A dialog: of two buttons the host presses one, and with one there is no choice. */
function showAlert(title, text, buttons) {
    const all = isArray(buttons) && buttons.length ? buttons : [{}];
    const cancel = all.find((b) => b.style === "cancel") ?? all[0];
    const proceed = all.filter((b) => b !== cancel).pop() ?? cancel;
    const question = String(text ?? title ?? "");
    let pressed = proceed;
    if (all.length === 1) message("Information")(question, true);
    else if (host("request", ["confirm", { title: String(title ?? ""), question,
        proceed: String(proceed.text ?? ""),
        cancel: String(cancel.text ?? "") }]) === false)
        pressed = cancel;
    later(() => {
        if (typeof pressed.onPress === "function") pressed.onPress();
    });
}

const noListener = () => ({ remove() {} });

const reactNative = {
    Alert: { alert: showAlert },
    AppState: { currentState: "active", addEventListener: noListener },
    AsyncStorage: asyncStorage,
    InteractionManager: { runAfterInteractions(work) {
        return new RealPromise((resolve) => later(() => {
            resolve(typeof work === "function" ? work() : undefined);
        }));
    } },
    Keyboard: { dismiss() {}, addListener: noListener },
    Linking: {
        canOpenURL: async () => true,
        openURL: async (url) => { openUrl(url); return true; },
        getInitialURL: async () => null, addEventListener: noListener,
    },
    Platform: { OS: "android", Version: 0, isTV: false, isTesting: false,
        select: (o) => o.android ?? o.native ?? o.default },
};

const netState = () => ({ isConnected: session.online, details: null,
    isInternetReachable: session.online,
    type: session.online ? "unknown" : "none" });
const netInfo = { fetch: async () => netState(),
    refresh: async () => netState(), addEventListener: () => () => {} };
provide("@react-native-community/netinfo", netInfo);

/* javascript/provided.c lists the same names. */
let phone = null;
function phoneModule() {
    if (phone) return phone;
    const rest = stub("react-native");
    const space = new Proxy(reactNative, {
        get: (target, key) => Object.hasOwn(target, key) ? target[key]
            : key === "default" ? space : rest[key],
        has: (target, key) => key in target || key in rest,
    });
    phone = asModule(space);
    return phone;
}
