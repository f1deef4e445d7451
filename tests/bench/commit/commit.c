/* COMMIT: objects that are created and committed one by one. */
#include "flow.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    int number = argc > 3 ? atoi(argv[3]) : 0;
    nf_value *count = nf_value_new_integer(number), *result = NULL;
    bench_flow bench;
    double seconds;
    bool ok;

    if (number <= 0) {
        fprintf(stderr, "usage: commit MODEL DATABASE COUNT\n");
        return 2;
    }
    ok = bench_open(&bench, "COMMIT", argv[1], argv[2]) &&
         bench_call(&bench, &result, &seconds, "Bench.Commits", "N", count);
    if (ok)
        printf("COMMIT nanoflow %d %.4f %.0f\n", number, seconds,
               number / seconds);
    nf_value_free(result);
    nf_value_free(count);
    bench_close(&bench);
    return !ok;
}
