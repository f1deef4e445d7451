/* How the sanitizers behave in programs that are built with them, unless the
 * environment (ASAN_OPTIONS) says otherwise. Linked with each of them. */

__attribute__((visibility("default"))) const char *__asan_default_options(void);

/* detect_leaks: everywhere, always.
 * intercept_tls_get_addr: the run-time guesses the size of thread-local data of
 *   libraries that are loaded late from what lies before it in memory, and the
 * leak check crashes when the guess is wrong. Without it that data counts as
 * reachable. quarantine_size_mb: freed memory is found out for as long as 64 MB
 * are freed after it. With the 256 MB of the default nothing that a long test
 * touches is in a cache. handle_sigill: undefined behaviour traps
 * (sanitizers.cmake); so its place is shown.
 */
const char *__asan_default_options(void)
{
    return "detect_leaks=1:intercept_tls_get_addr=0:quarantine_size_mb=64:"
           "handle_sigill=1";
}
