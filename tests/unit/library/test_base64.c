/* library/base64.c: the alphabet, padding, and every way text can be wrong. */
#include "library/base64.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void check(const char *plain, const char *encoded)
{
    uint8_t *bytes;
    size_t size;
    char *text = nf_base64_encode(plain, strlen(plain));
    assert_string_equal(text, encoded);
    assert_true(nf_base64_decode(&bytes, &size, text, strlen(text)));
    assert_int_equal(size, strlen(plain));
    assert_memory_equal(bytes, plain, size);
    nf_free(bytes);
    nf_free(text);
}

static void test_vectors_of_rfc_4648(void **state)
{
    (void)state;
    check("", "");
    check("f", "Zg==");
    check("fo", "Zm8=");
    check("foo", "Zm9v");
    check("foob", "Zm9vYg==");
    check("fooba", "Zm9vYmE=");
    check("foobar", "Zm9vYmFy");
}

static void test_all_lengths(void **state)
{
    uint8_t in[256];
    (void)state;
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)(i * 7 + 3);
    for (size_t n = 0; n <= sizeof in; n++) {
        uint8_t *out;
        size_t size;
        char *text = nf_base64_encode(in, n);
        assert_true(nf_base64_decode(&out, &size, text, strlen(text)));
        assert_int_equal(size, n);
        assert_memory_equal(out, in, n);
        nf_free(out);
        nf_free(text);
    }
}

static void test_wrong_text_is_refused(void **state)
{
    static const char *const wrong[] = {"Z",        "Zg",   "Zg=",  "Zm9",
                                        "Z===",     "====", "Zg=a", "Zm9v!",
                                        "Zg==Zg==", "Zm9v="};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint8_t *bytes;
        size_t size;
        assert_false(
            nf_base64_decode(&bytes, &size, wrong[i], strlen(wrong[i])));
        assert_null(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors_of_rfc_4648),
        cmocka_unit_test(test_all_lengths),
        cmocka_unit_test(test_wrong_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
