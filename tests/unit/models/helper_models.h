/* Fixtures for the tests of models/: a folder per test, small XML apps, and
 * .mpr files made from them by our own writer. */
#ifndef HELPER_MODELS_H
#define HELPER_MODELS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "models/model.h"
#include "models/writer.h"

enum { HELPER_PATH = 512 };

/* A hand-written app with two modules' worth of features. */
extern const char helper_app[];

/* Group or test setup and teardown: *state is the path of a fresh folder. */
int helper_setup(void **state);
int helper_teardown(void **state);

/* Writes `text` as `name` in the test's folder; `path` gets its path. */
void helper_write(void **state, char path[HELPER_PATH], const char *name,
                  const void *bytes, size_t length);
/* Opens an XML text as an app; fails the test with the message otherwise. */
nf_model *helper_open_text(void **state, const char *text);
nf_model *helper_open(const char *path);
/* Makes name.mpr of a version from helper_app; `path` gets its path. */
void helper_mpr(void **state, char path[HELPER_PATH], const char *name,
                int version);
/* Reads a whole file; free() it. */
unsigned char *helper_read(const char *path, size_t *length);

#endif
