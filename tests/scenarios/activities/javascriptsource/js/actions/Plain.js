/**
 * As the first versions made sources: it exports nothing.
 * @returns {string}
 */
function Plain(Script) {
	// BEGIN USER CODE
    return "plain " + Script;
	// END USER CODE
}
