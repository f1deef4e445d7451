/**
 * As the first versions made sources: it exports nothing.
 * @returns {string}
 */
function Plain(Script) {
	// BEGIN USER CODE
    return "plain " + Script + new Big("1.50");
	// END USER CODE
}
