/* Test files (test E1 … E5, E11): what a file says, before anything of it is
 * understood. Everything lives in the arena of the file. */
#ifndef NF_TESTING_FILE_H
#define NF_TESTING_FILE_H

#include "base/error.h"
#include "base/memory.h"

/* One line `@name value`; `value` is trimmed. The rows of `@each` follow their
 * tag as tags of the name "|". */
typedef struct nf_test_tag {
    const char *name;
    const char *value;
    long line;
} nf_test_tag;

typedef struct nf_test_tags {
    nf_test_tag *items;
    size_t count, capacity; /* on the heap, freed with the file */
} nf_test_tags;

typedef struct nf_test_case {
    const char *name;
    const char *body; /* blank: nothing to run */
    long line, body_line;
    nf_test_tags tags;
} nf_test_case;

typedef struct nf_test_file {
    nf_arena *arena;
    const char *path;
    int language; /* of the header `mdl N;` */
    nf_test_tags header;
    nf_test_case *cases;
    size_t count, capacity;
} nf_test_file;

/* Whether the name ends as test files do, in any case (E1). */
bool nf_test_is_file(const char *path);
/* Reads text (borrowed for the call) as the file `path`. Errors: NF_INPUT
 * bad_test with the line; `*out` is NULL then. Owner of *out: caller. */
nf_status nf_test_file_parse(nf_test_file **out, const char *path,
                             const char *text, size_t length, nf_error *err);
/* The same from disk, in UTF-8 or UTF-16 with a byte order mark. */
nf_status nf_test_file_read(nf_test_file **out, const char *path,
                            nf_error *err);
void nf_test_file_free(nf_test_file *file);
/* The first tag of this name; NULL. */
const nf_test_tag *nf_test_tag_find(const nf_test_tags *tags, const char *name);

/* The paths of test files at and below a path, sorted. Errors: NF_INPUT
 * unreadable. Owner of the list: caller (nf_test_paths_free). */
typedef struct nf_test_paths {
    char **items;
    size_t count, capacity;
} nf_test_paths;
nf_status nf_test_paths_find(nf_test_paths *paths, const char *path,
                             nf_error *err);
void nf_test_paths_free(nf_test_paths *paths);

#endif
