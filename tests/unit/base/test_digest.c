/* Digests of either library against the values of FIPS 180-4. */
#include "base/crypto.h"
#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *hex(const uint8_t *bytes, size_t size)
{
    static char text[2 * NF_DIGEST_SIZE + 1];

    for (size_t i = 0; i < size; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    return text;
}

static void known(void **state)
{
    static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9c"
                              "b410ff61f20015ad";
    static const char none[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934"
                               "ca495991b7852b855";
    uint8_t digest[NF_DIGEST_SIZE];

    (void)state;
    assert_true(nf_digest_once(digest, "abc", 3));
    assert_string_equal(hex(digest, sizeof digest), abc);
    assert_true(nf_digest(digest, "abc", 3));
    assert_string_equal(hex(digest, sizeof digest), abc);
    assert_true(nf_digest_once(digest, NULL, 0));
    assert_string_equal(hex(digest, sizeof digest), none);
    assert_true(nf_digest(digest, NULL, 0));
    assert_string_equal(hex(digest, sizeof digest), none);
    nf_digest_sha1(digest, "a", 1, "bc");
    assert_string_equal(hex(digest, NF_DIGEST_SHA1_SIZE),
                        "a9993e364706816aba3e25717850c26c9cd0d89d");
}

/* On both sides of the size from which libcrypto takes over. */
static void any_size(void **state)
{
    enum { LARGEST = 70 * 1024 };
    uint8_t *bytes = malloc(LARGEST), once[NF_DIGEST_SIZE], all[NF_DIGEST_SIZE];
    static const size_t sizes[] = {1,    55,    56,        64,    65,
                                   4096, 65535, 64 * 1024, 65537, LARGEST};

    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < LARGEST; i++)
        bytes[i] = (uint8_t)(i * 7 + (i >> 8));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_true(nf_digest_once(once, bytes, sizes[i]));
        assert_true(nf_digest(all, bytes, sizes[i]));
        assert_memory_equal(once, all, sizeof all);
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known),
        cmocka_unit_test(any_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
