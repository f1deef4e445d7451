/* The fixtures of the interpreter's tests, for activities. */
#include "../interpreter/helper_flows.c"
