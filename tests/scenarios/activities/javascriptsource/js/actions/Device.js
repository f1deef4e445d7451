import { Platform } from "react-native";

export async function Device(Script) {
    return Script === "device" ? Platform.OS : "elsewhere";
}
