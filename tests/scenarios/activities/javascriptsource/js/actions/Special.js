import "mx-global";
import { Big } from "big.js";
import { run } from "../run.js";

/**
 * @param {string} Script
 * @returns {Promise}
 */
export async function Special(Script, Item, Other, Items, Form) {
    // BEGIN USER CODE
    return run(Script, { Item, Other, Items, Form, Big });
    // END USER CODE
}
