import "mx-global";
import { Big } from "big.js";
import AsyncStorage from '@react-native-async-storage/async-storage';
import { getUserRoleNames } from "mx-api/session";
import { ui, session } from "mx-api";
import Geolocation from "@react-native-community/geolocation";

// BEGIN EXTRA CODE
const COUNTER_STORE = "idCounter";
let locked = false;
let currentCounter;
let _=null;
let buf=[];
function sleep(time) {
    return new Promise(resolve => setTimeout(resolve, time));
}
async function getItem(key) {
    if (navigator && navigator.product === "ReactNative") {
        return (await import('@react-native-async-storage/async-storage')).default.getItem(key);
    }
    if (window) {
        return window.localStorage.getItem(key);
    }
    throw new Error("No storage API available");
}
function serialize(object) {
    return object.getAttributes().reduce((accumulator, attributeName) => {
        accumulator[attributeName] = object.get(attributeName);
        return accumulator;
    }, { guid: object.getGuid() });
}
const get = (options) => new Promise((resolve, reject) => {
    mx.data.get({ ...options, callback: resolve, error: reject });
});
const create = (entity, value) => new Promise((resolve, reject) => {
    mx.data.create({
        entity,
        callback: mxObject => {
            Object.keys(value)
                .filter(attribute => attribute !== "guid")
                .forEach(attributeName => {
                const attributeValue = value[attributeName];
                mxObject.set(attributeName, attributeValue);
            });
            resolve(mxObject);
        },
        error: () => reject(new Error(`Could not create '${entity}' object`))
    });
});
// END EXTRA CODE

export async function GenerateId() {
	// BEGIN USER CODE
    const sessionId = mx.session.getConfig("sessionObjectId");
    const rnd = Math.round(Math.random() * 10000);
    while (locked) {
        await sleep(10);
    }
    locked = true;
    if (typeof currentCounter === "undefined") {
        currentCounter = JSON.parse((await getItem(COUNTER_STORE)) || "-1");
    }
    window.localStorage.setItem(COUNTER_STORE, JSON.stringify(++currentCounter));
    locked = false;
    return `${sessionId}:${currentCounter}:${rnd}`;
	// END USER CODE
}
export async function StoreList(key, list) {
    await AsyncStorage.setItem(key, JSON.stringify(list.map(o => serialize(o))));
}
export async function LoadList(key, entity) {
    return getItem(key).then(result => {
        if (result === null) {
            return Promise.reject(new Error(`Storage item '${key}' does not exist`));
        }
        return Promise.all(JSON.parse(result).map(value =>
            get({ guid: value.guid }).then(known => known ? known : create(entity, value))));
    });
}
export async function Exists(key) { return (await getItem(key)) !== null }
export async function Remove(key) { return AsyncStorage.removeItem(key).then(() => true) }
export async function GetPlatform() {
    if (window && window.cordova) {
        return Promise.resolve("Hybrid_mobile");
    }
    else if (navigator && navigator.product === "ReactNative") {
        return Promise.resolve("Native_mobile");
    }
    else {
        return Promise.resolve("Web");
    }
}
export async function ByGuid(entity, objectGuid) {
    return new Promise((resolve, reject) => {
        mx.data.get({
            guid: objectGuid,
            callback: (object) => {
                if (object) {
                    resolve(object);
                } else {
                    reject(new Error("'Object guid' not found"));
                }
            },
        });
    });
}
export async function Confirm(question) {
    return new Promise(resolve => {
        mx.ui.confirmation({
            content: question,
            proceed: "OK",
            cancel: "Cancel",
            handler: () => resolve(true),
            onCancel: () => resolve(false)
        });
    });
}
export async function OpenUrl(url) {
    if (navigator && navigator.product === "ReactNative") {
        const Linking = require("react-native").Linking;
        return Linking.openURL(url).then(() => true);
    }
    if (window) {
        await mx.data.closeDbConnection();
        window.location.href = url;
        return Promise.resolve(true);
    }
}
export async function SignIn(username, password) {
    if (!username || !password) {
        return Promise.resolve(new Big(401));
    }
    return new Promise((resolve) => {
        const onSuccess = () => resolve(new Big(200));
        const onError = (error) => resolve(new Big(error.status));
        mx.login(username, password, onSuccess, onError);
    });
}
export async function IsConnected() {
    try {
        const headers = new Headers();
        headers.append("Content-Type", "application/json");
        const response = await fetch(`${mx.remoteUrl}xas/`, { method: "POST", headers, body: JSON.stringify({ action: "info" }) });
        return response.ok;
    }
    catch (err) {
        return false;
    }
}
export async function Metadata(feedback) {
    const roles = typeof mx !== "undefined" && typeof mx.session.getUserRoleNames === "function"
        ? mx.session.getUserRoleNames() : getUserRoleNames();
    feedback.set("Name", (navigator.userAgent || "") + roles.length + (mx.ui.getContentForm().path || ""));
    feedback.set("Qty", window.screen.width || "");
    return feedback;
}
export async function IsStrict() {
    return new Promise(resolve => {
        try {
            mx.data.create({
                entity: "T.Item",
                callback: obj => {
                    mx.data.remove({
                        guid: obj.getGuid(),
                        callback: () => resolve(false),
                        error: () => resolve(false)
                    });
                },
                error: () => resolve(false)
            });
        } catch (err) {
            resolve(true);
        }
    });
}
export async function BeforeReload(callback) {
    if(_==null)_=mx.reload;
    mx.reload=async ()=>{
        try{
            await callback({});
        }catch(e){}
        return "reloaded after " + typeof _;
    };
}
export async function QueueProgress(message) {
    buf.push({message:message});
    if(buf.length==1){
        (function flush(){
            if(buf.length==0)return;
            let id=mx.ui.showProgress(buf[0].message,false)
            window.setTimeout(()=>{
                buf=buf.slice(1);
                mx.ui.hideProgress(id);
                flush();
            },1000);
        })();
    }
}
export async function GetLocation(timeout) {
    let reactNativeModule;
    let geolocationModule;
    if (navigator && navigator.product === "ReactNative") {
        reactNativeModule = require("react-native");
        geolocationModule = reactNativeModule.NativeModules.RNCGeolocation ? Geolocation : undefined;
    }
    else if (navigator && navigator.geolocation) {
        geolocationModule = navigator.geolocation;
    }
    else {
        return Promise.reject(new Error("Geolocation module could not be found"));
    }
    return geolocationModule;
}
export async function SessionOf() {
    return [session.getUserId() === mx.session.sessionData.sessionObjectId, typeof ui.showProgress, mx.session.sessionData.csrftoken, mx.remoteUrl.endsWith("/"), mx.session.clearCachedSessionData !== undefined].join();
}
export async function Nonce() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16))).map(b => b.toString(16).padStart(2, "0")).join("");
}
