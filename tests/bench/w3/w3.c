/* W3 through the public header: a session on a fresh database runs the nanoflow
 * once. Opening the app and making the tables is not measured. */
#include "flow.h"
#include "workload.h"

#include <string.h>
#include <sys/resource.h>

enum { MEMORY = 64 * 1024 }; /* kilobytes that the whole may need */

static bool is_right(const nf_value *result)
{
    char expected[64];
    const char *text = "";
    struct rusage usage;
    size_t length;

    snprintf(expected, sizeof expected, "rows=%d cents=%d", W3_ROWS, W3_CENTS);
    if (!nf_value_as_string(&text, &length, result) || strcmp(text, expected)) {
        fprintf(stderr, "W3: %s, expected %s\n", text, expected);
        return false;
    }
    getrusage(RUSAGE_SELF, &usage);
    if (usage.ru_maxrss > MEMORY) {
        fprintf(stderr, "W3: %ld kB, at most %d are expected\n",
                usage.ru_maxrss, MEMORY);
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    nf_value *count = nf_value_new_integer(W3_OBJECTS), *result = NULL;
    bench_flow bench;
    double seconds;
    bool ok;

    if (argc != 3) {
        fprintf(stderr, "usage: w3 MODEL DATABASE\n");
        return 2;
    }
    ok = bench_open(&bench, "W3", argv[1], argv[2]) &&
         bench_call(&bench, &result, &seconds, "Bench.W3", "N", count) &&
         is_right(result);
    if (ok)
        w3_report("nanoflow", seconds);
    nf_value_free(result);
    nf_value_free(count);
    bench_close(&bench);
    return !ok;
}
