/* Bytes beside the database (design §10.10): the same in memory and in files,
 * private, never a path of the device's choosing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "server/blobs.h"

static char folder[64];
static char database[96];

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/nf-blobs-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(database, sizeof database, "%s/server.db", folder);
    return 0;
}

static int teardown(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static nf_status count_one(void *user, const nf_blob_name *name, nf_error *err)
{
    (void)name;
    (void)err;
    ++*(int *)user;
    return NF_OK;
}

static int count(nf_blobs *blobs)
{
    int number = 0;
    nf_error err = {0};
    assert_int_equal(nf_blobs_each(blobs, count_one, &number, &err), NF_OK);
    return number;
}

static void use(nf_blobs *blobs)
{
    static const nf_sync_id id = {{1, 2, 3}};
    uint8_t sha[NF_SHA256_SIZE], expected[NF_SHA256_SIZE];
    nf_blob_name body = nf_blob_name_body(&id), content;
    char bytes[16];
    size_t size = sizeof bytes;
    int64_t length = 0;
    nf_error err = {0};

    assert_int_equal(nf_blob_size(blobs, &body, &length, &err), NF_OK);
    assert_int_equal(length, -1);
    assert_int_equal(nf_blob_read(blobs, &body, 0, bytes, &size, &err), NF_OK);
    assert_int_equal(size, 0);
    assert_int_equal(nf_blob_append(blobs, &body, 0, "hello", 5, &err), NF_OK);
    assert_int_equal(nf_blob_append(blobs, &body, 5, " you", 4, &err), NF_OK);
    /* repeated, overlapping, with a gap: nothing changes (A128) */
    assert_int_equal(nf_blob_append(blobs, &body, 0, "x", 1, &err), NF_FAILED);
    assert_string_equal(err.code, "wrong_offset");
    nf_error_clear(&err);
    assert_int_equal(nf_blob_append(blobs, &body, 8, "x", 1, &err), NF_FAILED);
    nf_error_clear(&err);
    assert_int_equal(nf_blob_append(blobs, &body, 10, "x", 1, &err), NF_FAILED);
    nf_error_clear(&err);
    assert_int_equal(nf_blob_size(blobs, &body, &length, &err), NF_OK);
    assert_int_equal(length, 9);
    size = sizeof bytes;
    assert_int_equal(nf_blob_read(blobs, &body, 6, bytes, &size, &err), NF_OK);
    assert_int_equal(size, 3);
    assert_memory_equal(bytes, "you", 3);
    assert_true(nf_sha256(expected, "hello you", 9));
    assert_int_equal(nf_blob_digest(blobs, &body, sha, &err), NF_OK);
    assert_memory_equal(sha, expected, sizeof sha);

    content = nf_blob_name_content(sha);
    assert_int_equal(nf_blob_rename(blobs, &body, &content, &err), NF_OK);
    assert_int_equal(count(blobs), 1);
    assert_int_equal(nf_blob_size(blobs, &body, &length, &err), NF_OK);
    assert_int_equal(length, -1);
    assert_int_equal(nf_blob_remove(blobs, &content, &err), NF_OK);
    assert_int_equal(nf_blob_remove(blobs, &content, &err), NF_OK);
    assert_int_equal(count(blobs), 0);
}

static void test_memory(void **state)
{
    nf_blobs *blobs = NULL;
    nf_error err = {0};
    (void)state;
    assert_int_equal(nf_blobs_open(&blobs, ":memory:", NULL, &err), NF_OK);
    use(blobs);
    nf_blobs_close(blobs);
}

static void test_files(void **state)
{
    static const uint8_t sha[NF_SHA256_SIZE] = {0xab};
    nf_blob_name part = nf_blob_name_part(sha, 42);
    nf_blobs *blobs = NULL;
    struct stat info;
    char path[256];
    int64_t length;
    nf_error err = {0};

    (void)state;
    assert_int_equal(nf_blobs_open(&blobs, database, NULL, &err), NF_OK);
    use(blobs);
    assert_int_equal(nf_blob_append(blobs, &part, 0, "abc", 3, &err), NF_OK);
    nf_blobs_close(blobs);

    /* nobody else reads them */
    snprintf(path, sizeof path, "%s-files", database);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    snprintf(path, sizeof path, "%s-files/%s", database, part.text);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);

    /* they survive the process */
    assert_int_equal(nf_blobs_open(&blobs, database, NULL, &err), NF_OK);
    assert_int_equal(nf_blob_size(blobs, &part, &length, &err), NF_OK);
    assert_int_equal(length, 3);
    assert_int_equal(nf_blob_append(blobs, &part, 3, "d", 1, &err), NF_OK);
    nf_blobs_close(blobs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory),
        cmocka_unit_test_setup_teardown(test_files, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
