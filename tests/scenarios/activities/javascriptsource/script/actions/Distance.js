import { Big } from "big.js";

const RADIUS = 6371;
const radians = (degrees) => Number(degrees) * Math.PI / 180;

export async function Distance(Latitude1, Longitude1, Latitude2, Longitude2) {
    const a = Math.sin(radians(Latitude2.minus(Latitude1)) / 2) ** 2 +
        Math.cos(radians(Latitude1)) * Math.cos(radians(Latitude2)) *
        Math.sin(radians(Longitude2.minus(Longitude1)) / 2) ** 2;
    return new Big(2 * RADIUS * Math.asin(Math.sqrt(a)));
}
