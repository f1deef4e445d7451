import * as data from "mx-api/data";
import * as ui from "mx-api/ui";
import { session } from "mx-api";
import storage from "@react-native-async-storage/async-storage";
import { even } from "../even.js";
import { even } from "../even.js";
import { place } from "conditional";
import one from "conditional/pieces/one";

const AsyncFunction = (async () => {}).constructor;

export async function Run(Script, Item) {
    const body = /\breturn\b|;/.test(Script) ? Script : "return " + Script;
    return new AsyncFunction("Item", "data", "ui", "session", "even", "storage",
        "packages", body)(Item, data, ui, session, even, storage,
        { place, one });
}
