/* W2: 500,000 rounds of six expressions over strings, numbers, dates, a
 * regular expression and an enumeration. The inputs of a round and the sum
 * over its results, shared by the product and by the floor. */
#ifndef W2_WORKLOAD_H
#define W2_WORKLOAD_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

enum { W2_ROUNDS = 500000, W2_NAMES = 8, W2_STATUSES = 3 };
#define W2_CHECKSUM INT64_C(112352106359) /* of W2_ROUNDS */

typedef struct w2_input {
    const char *name;
    int code, quantity;
    int64_t price; /* thousandths */
    int64_t seconds;
    const char *status;
} w2_input;

typedef struct w2_output {
    const char *code; /* E1 */
    size_t code_length;
    size_t word_length; /* E2 */
    int64_t cents;      /* E3 */
    const char *date;   /* E4 */
    size_t date_length;
    const char *masked; /* E5 */
    size_t masked_length;
    int open; /* E6 */
} w2_output;

static const char *const w2_names[W2_NAMES] = {
    "Banana Split", "Anna Karenina", "Robert",    "Christian",
    "Zoe van Dam",  "Oswald",        "Elisabeth", "Ian Fleming"};
static const char *const w2_statuses[W2_STATUSES] = {"Open", "Closed",
                                                     "Pending"};

static inline w2_input w2_input_at(int i)
{
    static const int64_t prices[] = {12342, 998,   105436, 7774,  19952, 3148,
                                     88886, 41012, 5556,   63124, 9998,  250372,
                                     1234,  17618, 33336,  72452};

    return (w2_input){w2_names[i % W2_NAMES],
                      i % 5,
                      i % 97 + 1,
                      prices[i % 16],
                      1700000000 + INT64_C(61) * i,
                      w2_statuses[i % W2_STATUSES]};
}

static inline int64_t w2_sum(const w2_output *o)
{
    return (int64_t)(o->code_length + o->word_length + o->date_length +
                     o->masked_length) +
           o->cents + o->date[o->date_length - 1] +
           o->code[o->code_length - 1] + (o->masked[1] == '*') + o->open;
}

static inline double w2_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Prints `W2 label rounds seconds rate`; the exit code of the program. */
static inline int w2_report(const char *label, int64_t sum, double seconds)
{
    if (sum != W2_CHECKSUM) {
        fprintf(stderr, "W2 %s: the sum is %lld, not %lld\n", label,
                (long long)sum, (long long)W2_CHECKSUM);
        return 1;
    }
    printf("W2 %s %d %.4f %.0f\n", label, W2_ROUNDS, seconds,
           6.0 * W2_ROUNDS / seconds);
    return 0;
}

#endif
