/* models/reader_mpk.c and package.c: packages of both format versions, and
 * ZIP files that would do harm (MF-C13 … C18). */
#include "helper_models.h"

#include <dirent.h>
#include <sys/stat.h>
#include <zip.h>

#include "models/container.h"

#define DESCRIPTION(inner)                                                     \
    "<package xmlns=\"http://www.mendix.com/package/1.0/\">" inner "</package>"
#define MODEL(path)                                                            \
    DESCRIPTION("<modelerProject "                                             \
                "xmlns=\"http://www.mendix.com/modelerProject/1.0/\">"         \
                "<module name=\"Shop\"/><projectFile path=\"" path             \
                "\"/></modelerProject>")

/* ---- making packages ------------------------------------------------------
 */

static zip_t *create(void **state, char path[HELPER_PATH], const char *name)
{
    zip_t *zip;
    int code;

    snprintf(path, HELPER_PATH, "%s/%s", (char *)*state, name);
    zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
    assert_non_null(zip);
    return zip;
}

static zip_int64_t add(zip_t *zip, const char *name, const void *bytes,
                       size_t length)
{
    zip_source_t *source = zip_source_buffer(zip, bytes, length, 0);
    zip_int64_t index;

    assert_non_null(source);
    index = zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8);
    assert_true(index >= 0);
    return index;
}

static void add_text(zip_t *zip, const char *name, const char *text)
{
    add(zip, name, text, strlen(text));
}

static void add_file(zip_t *zip, const char *name, const char *path)
{
    zip_source_t *source = zip_source_file(zip, path, 0, -1);

    assert_non_null(source);
    assert_true(zip_file_add(zip, name, source, 0) >= 0);
}

static void finish(zip_t *zip)
{
    if (zip_close(zip))
        fail_msg("%s", zip_strerror(zip));
}

/* Adds the folder below the test's folder, with its folders. */
static void add_folder(void **state, zip_t *zip, const char *name)
{
    char path[HELPER_PATH], inner[HELPER_PATH];
    DIR *dir;
    struct dirent *entry;
    struct stat info;

    snprintf(path, sizeof path, "%s/%.200s", (char *)*state, name);
    dir = opendir(path);
    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(inner, sizeof inner, "%.200s/%.200s", name, entry->d_name);
        snprintf(path, sizeof path, "%.100s/%.400s", (char *)*state, inner);
        assert_int_equal(stat(path, &info), 0);
        if (S_ISDIR(info.st_mode))
            add_folder(state, zip, inner);
        else
            add_file(zip, inner, path);
    }
    closedir(dir);
}

/* A package of a version, its project in `folder` ("" or "x/"). */
static void make_package(void **state, char path[HELPER_PATH], int version,
                         const char *folder, const char *description)
{
    char mpr[HELPER_PATH], name[HELPER_PATH];
    zip_t *zip = create(state, path, "app.mpk");

    helper_mpr(state, mpr, "project.mpr", version);
    snprintf(name, sizeof name, "%sproject.mpr", folder);
    add_file(zip, name, mpr);
    if (description)
        add_text(zip, "package.xml", description);
    if (version == 2)
        add_folder(state, zip, "mprcontents");
    finish(zip);
}

/* ---- what is read ---------------------------------------------------------
 */

static void check_app(const char *path, int version)
{
    nf_model *model = helper_open(path);
    const nf_flow *flow;
    nf_error err = {0};

    assert_non_null(nf_model_find_entity(model, "Shop.Order"));
    if (nf_model_flow(&flow, model, NF_FLOW_NANOFLOW, "Shop.Close", &err))
        fail_msg("%s", err.message);
    assert_int_equal(flow->parameter_count, 2);
    assert_int_equal(nf_model_container(model)->format, version);
    assert_int_equal(nf_model_warning_count(model), 0);
    nf_model_close(model);
}

/* MF-C15, C16: either version, and paths as Mendix 7 writes them. */
static void reads_packages_of_both_versions(void **state)
{
    char path[HELPER_PATH];

    make_package(state, path, 1, "", MODEL("project.mpr"));
    check_app(path, 1);
    make_package(state, path, 1, "a/b/", MODEL("a\\b\\project.mpr"));
    check_app(path, 1);
}

static void reads_unit_files_from_the_package(void **state)
{
    char path[HELPER_PATH];

    make_package(state, path, 2, "", MODEL("project.mpr"));
    check_app(path, 2);
}

/* MF-C18: a project folder in a ZIP file, without package.xml. */
static void reads_a_folder_in_a_zip_file(void **state)
{
    char path[HELPER_PATH];

    make_package(state, path, 2, "", NULL);
    check_app(path, 2);
}

/* The package may be called anything (MF-C13). */
static void is_recognised_by_its_content(void **state)
{
    char path[HELPER_PATH], other[HELPER_PATH];

    make_package(state, path, 1, "", MODEL("project.mpr"));
    snprintf(other, sizeof other, "%s/anything.xml", (char *)*state);
    assert_int_equal(rename(path, other), 0);
    check_app(other, 1);
}

/* ---- what is refused ------------------------------------------------------
 */

static void refuse(const char *path, const char *message)
{
    nf_error err = {0};
    nf_model *model;

    assert_int_equal(nf_model_open(&model, path, &err), NF_INPUT);
    assert_null(model);
    if (!strstr(err.message, message))
        fail_msg("\"%s\" lacks \"%s\"", err.message, message);
    assert_true(strstr(err.message, path) || strstr(err.file, path));
}

/* A package of one file beside package.xml. */
static void refuse_file(void **state, const char *name, const char *description,
                        const char *message)
{
    char path[HELPER_PATH];
    zip_t *zip = create(state, path, "bad.mpk");

    add_text(zip, name, "hello");
    if (description)
        add_text(zip, "package.xml", description);
    finish(zip);
    refuse(path, message);
}

/* MF-C14. */
static void refuses_packages_without_a_model(void **state)
{
    refuse_file(state, "a.txt", NULL, "neither package.xml nor a .mpr");
    refuse_file(state, "a.txt",
                DESCRIPTION("<clientModule xmlns=\"http://www.mendix.com/"
                            "clientModule/1.0/\" name=\"W\"/>"),
                "is a widget");
    refuse_file(state, "a.txt", DESCRIPTION("<other/>"), "no modelerProject");
    refuse_file(state, "a.txt", "<package/>", "package.xml that is none");
    refuse_file(state, "a.txt", "<package", "not well-formed");
    refuse_file(state, "a.txt",
                "<!DOCTYPE p [<!ENTITY a SYSTEM \"/etc/passwd\">]>"
                "<package>&a;</package>",
                "DOCTYPE");
    refuse_file(state, "a.txt", MODEL("b.mpr"), "lacks its project \"b.mpr\"");
    refuse_file(state, "a.txt", MODEL("../b.mpr"), "lacks its project");
    refuse_file(state, "b.mpr", MODEL("b.mpr"), "is no model");
    refuse_file(state, "b.mpr", NULL, "is no model");
}

/* A path that leads out of the package, wherever it stands. */
static void refuses_paths_that_lead_out(void **state)
{
    static const char *const names[] = {"../a.mpr", "a/../../b",    "/etc/a",
                                        "C:\\a",    "a\\..\\..\\b", "..",
                                        "a/..",     "x\ny"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        refuse_file(state, names[i], NULL, "leads out of the package");
}

static void refuses_names_given_twice(void **state)
{
    char path[HELPER_PATH];
    zip_t *zip = create(state, path, "twice.mpk");

    add_text(zip, "a/b.mpr", "1");
    add_text(zip, "a\\b.mpr", "2");
    finish(zip);
    refuse(path, "\"a/b.mpr\" is given twice");
}

static void refuses_several_models(void **state)
{
    char path[HELPER_PATH];
    zip_t *zip = create(state, path, "two.mpk");

    add_text(zip, "a.mpr", "1");
    add_text(zip, "b.mpr", "2");
    add_text(zip, "c/d.mpr", "3");
    finish(zip);
    refuse(path, "holds several models");
}

static void refuses_encrypted_files(void **state)
{
    char path[HELPER_PATH];
    zip_t *zip = create(state, path, "secret.mpk");
    zip_int64_t index = add(zip, "a.mpr", "hello", 5);

    assert_int_equal(zip_file_set_encryption(zip, (zip_uint64_t)index,
                                             ZIP_EM_AES_256, "secret"),
                     0);
    finish(zip);
    refuse(path, "\"a.mpr\" is encrypted");
}

static void refuses_packages_in_packages(void **state)
{
    char path[HELPER_PATH], outer[HELPER_PATH];
    zip_t *zip;

    make_package(state, path, 1, "", MODEL("project.mpr"));
    zip = create(state, outer, "outer.mpk");
    add_file(zip, "project.mpr", path);
    add_text(zip, "package.xml", MODEL("project.mpr"));
    finish(zip);
    refuse(outer, "another package");
}

/* A bomb: much out of little. */
static void refuses_what_grows_too_much(void **state)
{
    size_t size = 64 << 20;
    unsigned char *zeros = calloc(1, size);
    char path[HELPER_PATH];
    zip_t *zip = create(state, path, "bomb.mpk");

    assert_non_null(zeros);
    add(zip, "a.mpr", zeros, size);
    finish(zip);
    refuse(path, "would grow to more than 200 times");
    zip = create(state, path, "large.mpk");
    assert_int_equal(
        zip_set_file_compression(
            zip, (zip_uint64_t)add(zip, "a.mpr", zeros, size), ZIP_CM_STORE, 0),
        0);
    add(zip, "package.xml", zeros, 2 << 20);
    finish(zip);
    refuse(path, "\"package.xml\" has 2097152 bytes, more than 1 MiB");
    free(zeros);
}

/* A file cut anywhere, and bytes that are changed, give an error or an app. */
static void damage_is_no_crash(void **state)
{
    char path[HELPER_PATH], bad[HELPER_PATH];
    unsigned char *bytes;
    size_t length;
    unsigned seed = 7;

    make_package(state, path, 1, "", MODEL("project.mpr"));
    bytes = helper_read(path, &length);
    for (int i = 0; i < 20; i++) {
        helper_write(state, bad, "cut.mpk", bytes, length * (size_t)i / 20);
        refuse(bad, "");
    }
    for (int i = 0; i < 200; i++) {
        nf_error err = {0};
        nf_model *model;
        size_t at;

        seed = seed * 1103515245 + 12345;
        at = i % 2 ? length - 1 - (seed >> 8) % 300 : (seed >> 8) % length;
        bytes[at] ^= (unsigned char)(1u << (seed >> 29));
        helper_write(state, bad, "flip.mpk", bytes, length);
        if (nf_model_open(&model, bad, &err))
            assert_true(*err.message);
        nf_model_close(model);
    }
    free(bytes);
}

/* An end record that claims more than there may be (no memory is taken). */
static void refuses_a_list_that_is_too_long(void **state)
{
    unsigned char end[26] = {'P', 'K', 3, 4, 'P', 'K', 5, 6};
    char path[HELPER_PATH];

    memset(end + 12, 0xff, 8);
    helper_write(state, path, "long.mpk", end, sizeof end);
    refuse(path, "is too long");
    end[6] = 6, end[7] = 7;
    helper_write(state, path, "zip64.mpk", end, sizeof end);
    refuse(path, "more than 65535 files");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_packages_of_both_versions,
                                        helper_setup, helper_teardown),
        cmocka_unit_test_setup_teardown(reads_unit_files_from_the_package,
                                        helper_setup, helper_teardown),
        cmocka_unit_test_setup_teardown(reads_a_folder_in_a_zip_file,
                                        helper_setup, helper_teardown),
        cmocka_unit_test_setup_teardown(is_recognised_by_its_content,
                                        helper_setup, helper_teardown),
        cmocka_unit_test_setup_teardown(refuses_packages_without_a_model,
                                        helper_setup, helper_teardown),
        cmocka_unit_test_setup_teardown(refuses_paths_that_lead_out,
                                        helper_setup, helper_teardown),
        cmocka_unit_test_setup_teardown(refuses_names_given_twice, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(refuses_several_models, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(refuses_encrypted_files, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(refuses_packages_in_packages,
                                        helper_setup, helper_teardown),
        cmocka_unit_test_setup_teardown(refuses_what_grows_too_much,
                                        helper_setup, helper_teardown),
        cmocka_unit_test_setup_teardown(damage_is_no_crash, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(refuses_a_list_that_is_too_long,
                                        helper_setup, helper_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
