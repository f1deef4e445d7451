/* models/bson_head.c: the head of a unit is found wherever it is, without
 * reading what stands between (MF-E5), and damage is an error. */
#include "helper_models.h"

#include "models/bson.h"

enum { LARGE = 100000 };

static nf_status read_head(nf_bson_head *out, const void *bytes, size_t length,
                           nf_error *err)
{
    nf_bson_memory memory = nf_bson_memory_of(bytes, length);

    return nf_bson_head_read(out, &memory.source, err);
}

static void put(nf_buffer *out, const nf_element *element)
{
    nf_buffer_init(out, NF_BUFFER_MAX);
    nf_bson_encode(out, element);
    assert_false(out->failed);
}

static nf_property text(const char *name, const char *value)
{
    nf_property property = {.name = name, .kind = NF_PROPERTY_STRING};

    property.as.string.text = value;
    property.as.string.length = strlen(value);
    return property;
}

static nf_property large(const char *name)
{
    static const uint8_t bytes[LARGE];
    nf_property property = {.name = name, .kind = NF_PROPERTY_BINARY};

    property.as.binary.bytes = bytes;
    property.as.binary.length = sizeof bytes;
    return property;
}

static nf_property yes(const char *name)
{
    nf_property property = {.name = name, .kind = NF_PROPERTY_BOOLEAN};

    property.as.boolean = true;
    return property;
}

/* Counts what is read. */
typedef struct counting_source {
    nf_bson_source source;
    const nf_buffer *bytes;
    size_t size; /* where the file ends */
    size_t *read, *calls;
} counting_source;

static long read_counted(const nf_bson_source *source, void *out, size_t size,
                         size_t offset, nf_error *err)
{
    const counting_source *counting = (const counting_source *)source;
    size_t rest = offset < counting->size ? counting->size - offset : 0;

    (void)err;
    if (size > rest)
        size = rest;
    if (size)
        memcpy(out, counting->bytes->data + offset, size);
    *counting->read += size;
    ++*counting->calls;
    return (long)size;
}

static const nf_guid an_id = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}};

static void check_head(const nf_bson_head *head)
{
    assert_true(nf_guid_equal(&head->id, &an_id));
    assert_string_equal(head->type, "Forms$Page");
    assert_string_equal(head->name, "Home");
    assert_true(head->excluded);
}

/* A large value before the name is skipped; after it nothing is read. */
static void skips_large_values(void **state)
{
    nf_property properties[] = {yes("Excluded"), large("FormCall"),
                                text("Name", "Home"), large("Title")};
    nf_element element = {.id = an_id,
                          .type = "Forms$Page",
                          .properties = properties,
                          .count = 4};
    size_t read = 0, calls = 0;
    nf_buffer bytes;
    counting_source counting = {{read_counted}, &bytes, 0, &read, &calls};
    nf_bson_head head;
    nf_error err = {0};

    (void)state;
    put(&bytes, &element);
    counting.size = bytes.length;
    assert_int_equal(nf_bson_head_read(&head, &counting.source, &err), NF_OK);
    check_head(&head);
    assert_int_equal(calls, 2);
    assert_true(read < 5000);
    nf_buffer_dispose(&bytes);
}

/* Readers must not rely on the order of keys (MF-E5). */
static void takes_any_order(void **state)
{
    nf_property properties[] = {text("Zone", "Europe"), text("Name", "Home"),
                                large("A"), yes("Excluded")};
    nf_element element = {.id = an_id,
                          .type = "Forms$Page",
                          .properties = properties,
                          .count = 4};
    nf_bson_head head;
    nf_error err = {0};
    nf_buffer bytes;

    (void)state;
    put(&bytes, &element);
    assert_int_equal(read_head(&head, bytes.data, bytes.length, &err), NF_OK);
    check_head(&head);
    nf_buffer_dispose(&bytes);
}

/* Every cut of a small document is an error: its length says so. */
static void refuses_cuts(void **state)
{
    nf_property properties[] = {yes("Excluded"), text("Name", "Home")};
    nf_element element = {.id = an_id,
                          .type = "Forms$Page",
                          .properties = properties,
                          .count = 2};
    nf_bson_head head;
    nf_buffer bytes;

    (void)state;
    put(&bytes, &element);
    for (size_t size = 0; size < bytes.length; size++) {
        nf_error err = {0};

        assert_int_equal(read_head(&head, bytes.data, size, &err), NF_INPUT);
        assert_string_equal(err.code, "bad_model");
    }
    nf_buffer_dispose(&bytes);
}

/* The same for a large one, cut before its name. */
static void refuses_what_ends_early(void **state)
{
    nf_property properties[] = {large("FormCall"), text("Name", "Home")};
    nf_element element = {.id = an_id,
                          .type = "Forms$Page",
                          .properties = properties,
                          .count = 2};
    size_t read = 0, calls = 0;
    nf_buffer bytes;
    counting_source counting = {
        {read_counted}, &bytes, LARGE / 2, &read, &calls};
    nf_bson_head head;
    nf_error err = {0};

    (void)state;
    put(&bytes, &element);
    assert_int_equal(nf_bson_head_read(&head, &counting.source, &err),
                     NF_INPUT);
    assert_non_null(strstr(err.message, "ends early"));
    nf_buffer_dispose(&bytes);
}

/* Sizes that lie, in every four bytes of the document. */
static void survives_wrong_sizes(void **state)
{
    static const uint32_t sizes[] = {0,          1,          4,
                                     0x7fffffff, 0x80000000, 0xffffffff};
    nf_property properties[] = {text("A", "b"), yes("Excluded"),
                                text("Name", "Home")};
    nf_element element = {.id = an_id,
                          .type = "Forms$Page",
                          .properties = properties,
                          .count = 3};
    nf_bson_head head;
    nf_buffer bytes;

    (void)state;
    put(&bytes, &element);
    for (size_t at = 0; at + 4 <= bytes.length; at++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            uint8_t *copy = malloc(bytes.length);
            nf_error err = {0};
            nf_status status;

            assert_non_null(copy);
            memcpy(copy, bytes.data, bytes.length);
            memcpy(copy + at, &sizes[i], 4);
            status = read_head(&head, copy, bytes.length, &err);
            assert_true(status == NF_OK || status == NF_INPUT);
            if (at == 0)
                assert_int_equal(status, NF_INPUT);
            free(copy);
        }
    nf_buffer_dispose(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(skips_large_values),
        cmocka_unit_test(takes_any_order),
        cmocka_unit_test(refuses_cuts),
        cmocka_unit_test(refuses_what_ends_early),
        cmocka_unit_test(survives_wrong_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
