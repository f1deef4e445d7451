import Geocoder from "geocoder";
import { Session } from "typed";

export async function find(place) {
    if (navigator && navigator.product === "ReactNative") {
        return new Session(Geocoder.find(place));
    }
    return "web " + place;
}
export const onPhone = async (place) => Geocoder.find(place);
export const inSession = async () => new Session();
