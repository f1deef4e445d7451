/* ASSOCIATION: N objects of one other are created, committed, and retrieved
 * from both ends. The time per object does not grow with N. */
#include "flow.h"

#include <stdio.h>
#include <stdlib.h>

static bool measure(bench_flow *bench, int number)
{
    nf_value *count = nf_value_new_integer(number), *order = NULL, *sum = NULL;
    int64_t expected = (int64_t)number * (number - 1) / 2, found = -1;
    double making, retrieving;
    bool ok = bench_call(bench, &order, &making, "Bench.Prepare", "N", count) &&
              bench_call(bench, &sum, &retrieving, "Bench.Retrieve", "Order",
                         order);

    if (ok && (!nf_value_as_integer(&found, sum) || found != expected)) {
        fprintf(stderr, "ASSOCIATION: sum %lld, expected %lld\n",
                (long long)found, (long long)expected);
        ok = false;
    }
    if (ok) {
        printf("ASSOCIATION create %d %.4f %.0f\n", number, making,
               number / making);
        printf("ASSOCIATION retrieve %d %.4f %.0f\n", number, retrieving,
               number / retrieving);
    }
    nf_value_free(sum);
    nf_value_free(order);
    nf_value_free(count);
    return ok;
}

int main(int argc, char **argv)
{
    bench_flow bench;
    bool ok;

    if (argc < 4) {
        fprintf(stderr, "usage: association MODEL DATABASE COUNT...\n");
        return 2;
    }
    ok = bench_open(&bench, "ASSOCIATION", argv[1], argv[2]);
    for (int i = 3; ok && i < argc; i++)
        ok = measure(&bench, atoi(argv[i]));
    bench_close(&bench);
    return !ok;
}
