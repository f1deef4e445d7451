/* Every document of an app in every form: none fails, and each is what its
 * readers take. Also used on real apps (tests/corpus). */
#ifndef NF_TESTS_ANALYSIS_HELPER_DESCRIBE_ALL_H
#define NF_TESTS_ANALYSIS_HELPER_DESCRIBE_ALL_H

#include "nanoflow.h"

#include <stddef.h>

/* Prints what is wrong and returns how much that is. *count grows with the
 * descriptions that were made. */
int helper_describe_all(const nf_app *app, size_t *count);

#endif
