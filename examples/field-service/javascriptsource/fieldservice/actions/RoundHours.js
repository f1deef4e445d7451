// The import list, and what stands between BEGIN and END, is kept when Studio Pro
// writes this file anew.
import "mx-global";
import { Big } from "big.js";

// BEGIN EXTRA CODE
// END EXTRA CODE

/**
 * Hours as they are billed: every step that has begun counts.
 * @param {Big} hours
 * @param {Big} step - for example 0.25
 * @returns {Promise.<Big>}
 */
export async function RoundHours(hours, step) {
	// BEGIN USER CODE
	if (!hours || !step || step.lte(0)) {
		throw new Error("Hours and a step above 0 are needed");
	}
	const steps = hours.div(step).round(0, 3); // 3: away from zero
	return steps.times(step);
	// END USER CODE
}
