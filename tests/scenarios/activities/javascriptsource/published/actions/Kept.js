import "mx-global";
import { Big } from "big.js";

// BEGIN EXTRA CODE
import"./sheet.css";
import sound from "../media/bell.mp3";
import Kept from"../../../javascriptsource/published/kept";
import { make, count } from "../kept.js";
import Letters from 'letters/plain';
// END EXTRA CODE

export async function Keep(name) {
	// BEGIN USER CODE
	let first=await Kept.make(name);
	let second=await make(name+"2");
	return [first.get("Name"),second.get("Name"),Kept.count(),count(),Kept.words.join("+"),Letters.encode("a"),sound,require("./icon.png")].join();
	// END USER CODE
}
