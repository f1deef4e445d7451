/* models/reader_mpr.c, bson.c and writer_mpr.c: both format versions, and
 * files that are damaged in many ways (MF-C1 … C13, MF-E, MF-P14). */
#include "helper_models.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include "models/container.h"

static void check_app(const nf_model *model)
{
    const nf_flow *flow;
    nf_error err = {0};

    assert_non_null(nf_model_find_entity(model, "Shop.Order"));
    assert_int_equal(
        nf_model_flow(&flow, model, NF_FLOW_NANOFLOW, "Shop.Close", &err),
        NF_OK);
    assert_int_equal(flow->parameter_count, 2);
    assert_int_equal(nf_model_warning_count(model), 0);
}

/* MF-C1, C5, C8: the same model from XML, v1 and v2. */
static void reads_both_versions(void **state)
{
    nf_model *xml = helper_open_text(state, helper_app);

    for (int version = 1; version <= 2; version++) {
        char path[HELPER_PATH];
        nf_model *model;

        helper_mpr(state, path, version == 1 ? "one.mpr" : "two.mpr", version);
        model = helper_open(path);
        check_app(model);
        assert_int_equal(nf_model_container(model)->format, version);
        assert_memory_equal(nf_model_fingerprint(model),
                            nf_model_fingerprint(xml), 32);
        assert_string_equal(nf_model_app_id(model), nf_model_app_id(xml));
        nf_model_close(model);
    }
    nf_model_close(xml);
}

static bool exists_beside(const char *path, const char *suffix)
{
    char name[HELPER_PATH + 16];
    struct stat info;

    snprintf(name, sizeof name, "%s%s", path, suffix);
    return stat(name, &info) == 0;
}

/* MF-C4: the file stays as it is, and nothing appears beside it, whatever its
 * journal mode. */
static void never_changes_the_file(void **state)
{
    char path[HELPER_PATH];
    unsigned char *before, *after;
    size_t length, length_after;
    sqlite3 *db;

    helper_mpr(state, path, "wal.mpr", 1);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    before = helper_read(path, &length);
    nf_model_close(helper_open(path));
    after = helper_read(path, &length_after);
    assert_int_equal(length, length_after);
    assert_memory_equal(before, after, length);
    assert_false(exists_beside(path, "-wal"));
    assert_false(exists_beside(path, "-shm"));
    assert_false(exists_beside(path, "-journal"));
    free(before);
    free(after);
}

/* MF-P14: another program holds the file open, and may save while the model
 * is in use. */
static void lets_others_save(void **state)
{
    char path[HELPER_PATH];
    nf_model *model;
    sqlite3 *db;

    helper_mpr(state, path, "open.mpr", 1);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "BEGIN; SELECT * FROM Unit", NULL, NULL, NULL),
        SQLITE_OK);
    model = helper_open(path);
    assert_int_equal(sqlite3_exec(db,
                                  "UPDATE Unit SET TreeConflict = 0; COMMIT",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    check_app(model);
    nf_model_close(model);
    sqlite3_close(db);
}

static void expect_input_error(const char *path)
{
    nf_error err = {0};
    nf_model *model;

    assert_int_equal(nf_model_open(&model, path, &err), NF_INPUT);
    assert_null(model);
    assert_true(*err.message);
}

static void refuses_what_is_no_model(void **state)
{
    static const unsigned char package[] = {'P', 'K', 3, 4, 0, 0};
    char path[HELPER_PATH];
    sqlite3 *db;

    expect_input_error("/nonexistent/app.mpr");
    helper_write(state, path, "empty.mpr", "", 0);
    expect_input_error(path);
    helper_write(state, path, "text.mpr", "hello", 5);
    expect_input_error(path);
    helper_write(state, path, "a.mpk", package, sizeof package);
    expect_input_error(path);
    helper_write(state, path, "a.json", " {\"units\":0 }", 13);
    expect_input_error(path);
    snprintf(path, sizeof path, "%s/other.mpr", (char *)*state);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_exec(db, "CREATE VIEW Unit AS SELECT 1; CREATE TABLE t(a)", NULL,
                 NULL, NULL);
    sqlite3_close(db);
    expect_input_error(path);
}

/* Opens a file that may be anything; reads every document. */
static void open_anything(const char *path)
{
    nf_error err = {0};
    nf_model *model;
    nf_status status = nf_model_open(&model, path, &err);

    if (status) {
        assert_int_equal(status, NF_INPUT);
        assert_true(*err.message);
        return;
    }
    for (size_t i = 0; i < nf_model_document_count(model); i++) {
        nf_error inner = {0};

        if (!nf_document_element(nf_model_document(model, i), &inner))
            assert_int_equal(inner.status, NF_INPUT);
    }
    nf_model_close(model);
}

static void survives_cut_files(void **state)
{
    char path[HELPER_PATH], cut[HELPER_PATH];
    unsigned char *bytes;
    size_t length;

    helper_mpr(state, path, "whole.mpr", 1);
    bytes = helper_read(path, &length);
    for (size_t size = 1; size < length; size += length / 40 + 1) {
        helper_write(state, cut, "cut.mpr", bytes, size);
        expect_input_error(cut);
    }
    free(bytes);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void survives_flipped_bits(void **state)
{
    char path[HELPER_PATH], flipped[HELPER_PATH];
    unsigned char *bytes;
    size_t length;
    uint32_t seed = 7;

    helper_mpr(state, path, "whole.mpr", 1);
    bytes = helper_read(path, &length);
    for (int i = 0; i < 60; i++) {
        size_t at = next_random(&seed) % length;
        unsigned char bit = (unsigned char)(1u << (next_random(&seed) % 8));

        bytes[at] ^= bit;
        helper_write(state, flipped, "flipped.mpr", bytes, length);
        open_anything(flipped);
        bytes[at] ^= bit;
    }
    free(bytes);
}

/* The file of a unit of helper_app in a v2 model. */
static void unit_file(char out[HELPER_PATH], const char *mpr, const char *type,
                      const char *qualified)
{
    nf_model *model = helper_open(mpr);
    const nf_document *document =
        nf_model_find_document(model, type, qualified);
    const char *slash = strrchr(mpr, '/');
    char id[NF_GUID_TEXT_SIZE];

    assert_non_null(document);
    nf_guid_text(&document->id, id);
    snprintf(out, HELPER_PATH, "%.*s/mprcontents/%.2s/%.2s/%s.mxunit",
             (int)(slash - mpr), mpr, id, id + 2, id);
    nf_model_close(model);
}

/* MF-C7, MF-P2: a missing unit costs its document, all of them the app. */
static void misses_unit_files(void **state)
{
    char path[HELPER_PATH], file[HELPER_PATH], folder[HELPER_PATH];
    nf_model *model;

    helper_mpr(state, path, "app.mpr", 2);
    unit_file(file, path, "Microflows$Nanoflow", "Shop.Close");
    assert_int_equal(unlink(file), 0);
    model = helper_open(path);
    assert_int_equal(nf_model_warning_count(model), 1);
    assert_null(
        nf_model_find_document(model, "Microflows$Nanoflow", "Shop.Close"));
    assert_non_null(nf_model_find_entity(model, "Shop.Order"));
    nf_model_close(model);

    snprintf(file, sizeof file, "%s/mprcontents", (char *)*state);
    snprintf(folder, sizeof folder, "%s/elsewhere", (char *)*state);
    assert_int_equal(rename(file, folder), 0);
    expect_input_error(path);
    assert_int_equal(mkdir(file, 0700), 0);
    expect_input_error(path);
}

/* A damaged unit file is an error; one whose hash only differs a warning
 * (MF-C8). */
static void meets_damaged_unit_files(void **state)
{
    char path[HELPER_PATH], file[HELPER_PATH];
    unsigned char *bytes;
    size_t length;
    nf_error err = {0};
    const nf_document *document;
    nf_model *model;
    FILE *out;

    helper_mpr(state, path, "app.mpr", 2);
    unit_file(file, path, "Constants$Constant", "Shop.Limit");
    bytes = helper_read(file, &length);
    for (size_t i = 0; i + 2 < length; i++)
        if (memcmp(bytes + i, "10", 3) == 0)
            bytes[i] = '3';
    for (int whole = 1; whole >= 0; whole--) {
        out = fopen(file, "wb");
        assert_non_null(out);
        fwrite(bytes, 1, whole ? length : length / 2, out);
        fclose(out);
        if (!whole)
            break;
        model = helper_open(path);
        document =
            nf_model_find_document(model, "Constants$Constant", "Shop.Limit");
        assert_non_null(nf_document_element(document, &err));
        assert_string_equal(
            nf_model_find_constant(model, "Shop.Limit")->default_value, "30");
        assert_int_equal(nf_model_warning_count(model), 1);
        nf_model_close(model);
    }
    expect_input_error(path);
    free(bytes);
}

/* Opening reads the heads of units only: one that is damaged behind its head
 * costs its document alone (MF-P2). In version 1 the rows are read when first
 * needed, too. */
static void reads_contents_late(void **state)
{
    for (int version = 1; version <= 2; version++) {
        const char *name = version == 1 ? "late1.mpr" : "late2.mpr";
        char path[HELPER_PATH], file[HELPER_PATH];
        nf_error err = {0};
        const nf_document *document;
        nf_model *model;
        FILE *out;

        helper_mpr(state, path, name, version);
        model = helper_open(path);
        document =
            nf_model_find_document(model, "Microflows$Nanoflow", "Shop.Close");
        assert_non_null(document);
        if (version == 1) {
            sqlite3 *db;

            assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
            assert_int_equal(sqlite3_exec(db, "UPDATE Unit SET Contents = NULL",
                                          NULL, NULL, NULL),
                             SQLITE_OK);
            sqlite3_close(db);
        } else {
            unit_file(file, path, "Microflows$Nanoflow", "Shop.Close");
            out = fopen(file, "r+b");
            assert_non_null(out);
            assert_int_equal(fseek(out, -1, SEEK_END), 0);
            assert_int_equal(fputc('x', out), 'x');
            fclose(out);
            nf_model_close(model);
            model = helper_open(path);
            document = nf_model_find_document(model, "Microflows$Nanoflow",
                                              "Shop.Close");
            assert_non_null(document);
        }
        assert_null(nf_document_element(document, &err));
        assert_int_equal(err.status, NF_INPUT);
        assert_non_null(nf_model_find_entity(model, "Shop.Order"));
        nf_model_close(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_both_versions, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(never_changes_the_file, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(lets_others_save, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_model, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(survives_cut_files, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(survives_flipped_bits, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(misses_unit_files, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(meets_damaged_unit_files, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(reads_contents_late, helper_setup,
                                        helper_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
