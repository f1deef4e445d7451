/* What a navigation profile says about synchronization (synchronize S5 … S8;
 * A1 … A5, A7). */
#include "helper_models.h"

static nf_model *open_profile(void **state, const char *version,
                              const char *attributes, const char *configs)
{
    char text[4096];
    snprintf(text, sizeof text,
             "<app xmlns='urn:nanoflow:app:1' format='1' mendix='%s'>"
             "<NavigationDocument><Profiles><NativeNavigationProfile "
             "Name='Phone' %s><OfflineEntityConfigs>%s</OfflineEntityConfigs>"
             "</NativeNavigationProfile></Profiles></NavigationDocument>"
             "<Module Name='M'><units><DomainModel><Entities>"
             "<Entity id='A' Name='A'/></Entities></DomainModel></units>"
             "</Module></app>",
             version, attributes, configs);
    return helper_open_text(state, text);
}

static nf_offline_config config_of(nf_model *model)
{
    return nf_profile_config(nf_model_find_profile(model, NULL),
                             nf_model_find_entity(model, "M.A"));
}

static void expect(void **state, const char *version, const char *config,
                   nf_sync_mode mode)
{
    nf_model *model = open_profile(state, version, "", config);
    if (config_of(model).mode != mode)
        fail_msg("%s: %d", config, (int)config_of(model).mode);
    nf_model_close(model);
}

#define CONFIG(rest) "<OfflineEntityConfig Entity='M.A' " rest "/>"

/* A3: every word of every generation of the setting. */
static void test_modes(void **state)
{
    expect(state, "8.6.0", CONFIG("ShouldDownload='false'"), NF_SYNC_NONE);
    expect(state, "8.6.0", CONFIG("ShouldDownload='true'"), NF_SYNC_ALL);
    expect(state, "8.6.0",
           CONFIG("ShouldDownload='true' Constraint='[true()]'"),
           NF_SYNC_CONSTRAINED);
    expect(state, "9.1.0", CONFIG("DownloadMode='All'"), NF_SYNC_ALL);
    expect(state, "9.1.0",
           CONFIG("DownloadMode='Constrained' Constraint='[true()]'"),
           NF_SYNC_CONSTRAINED);
    expect(state, "9.1.0", CONFIG("DownloadMode='None'"), NF_SYNC_NONE);
    expect(state, "9.1.0", CONFIG("DownloadMode='NoneAndPreserveData'"),
           NF_SYNC_NONE_PRESERVE);
    expect(state, "10.24.0", CONFIG("SyncMode='All'"), NF_SYNC_ALL);
    expect(state, "10.24.0",
           CONFIG("SyncMode='Constrained' Constraint='[true()]'"),
           NF_SYNC_CONSTRAINED);
    expect(state, "10.24.0", CONFIG("SyncMode='None'"), NF_SYNC_NONE);
    expect(state, "10.24.0", CONFIG("SyncMode='NoneAndPreserveData'"),
           NF_SYNC_NONE_PRESERVE);
    expect(state, "10.24.0", CONFIG("SyncMode='Never'"), NF_SYNC_NEVER);
    expect(state, "10.24.0", CONFIG("SyncMode='Online'"), NF_SYNC_ONLINE);
}

/* S5: the newest word is in force; without a constraint all objects come. */
static void test_precedence(void **state)
{
    expect(state, "10.24.0",
           CONFIG("SyncMode='Never' DownloadMode='None' "
                  "ShouldDownload='true'"),
           NF_SYNC_NEVER);
    expect(state, "9.1.0", CONFIG("DownloadMode='All' ShouldDownload='false'"),
           NF_SYNC_ALL);
    expect(state, "10.24.0", CONFIG("SyncMode='Constrained'"), NF_SYNC_ALL);
}

/* A7: several lines, doubled quotes: as it was written. */
static void test_constraint(void **state)
{
    nf_model *model = open_profile(
        state, "10.24.0", "",
        CONFIG("SyncMode='Constrained' "
               "Constraint=\"[Name = 'a''b'&#10; or Name = 'c']\""));
    assert_string_equal(config_of(model).constraint,
                        "[Name = 'a''b'\n or Name = 'c']");
    nf_model_close(model);
}

/* Replaces a word of a file by one of the same length. */
static void patch(const char *path, const char *word, const char *by)
{
    size_t length, size = strlen(word) + 1;
    unsigned char *bytes = helper_read(path, &length);
    int found = 0;
    for (size_t i = 0; i + size <= length; i++)
        if (!memcmp(bytes + i, word, size)) {
            memcpy(bytes + i, by, size);
            found++;
        }
    assert_true(found > 0);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
    free(bytes);
}

/* A4, S6: a caption is no stored word. */
static void test_caption(void **state)
{
    nf_model *model =
        open_profile(state, "10.24.0", "",
                     CONFIG("SyncMode='Constrained' Constraint='[true()]'"));
    nf_error err = {0};
    char path[HELPER_PATH];
    snprintf(path, sizeof path, "%s/caption.mpr", (char *)*state);
    assert_int_equal(nf_model_write_mpr(model, path, 1, &err), NF_OK);
    nf_model_close(model);
    patch(path, "Constrained", "All Objects");
    assert_int_equal(nf_model_open(&model, path, &err), NF_INPUT);
    assert_null(model);
    assert_non_null(strstr(err.message, "Phone"));
    assert_non_null(strstr(err.message, "M.A"));
    assert_non_null(strstr(err.message, "All Objects"));
}

/* A5, S7: by version where it is not stored. */
static void test_partial(void **state)
{
    const struct {
        const char *version, *attribute;
        bool throws;
    } rows[] = {{"11.12.0", "", true},
                {"11.10.0", "", false},
                {"11.12.0", "ThrowPartialSyncError='false'", false},
                {"10.24.0", "ThrowPartialSyncError='true'", true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        nf_model *model =
            open_profile(state, rows[i].version, rows[i].attribute, "");
        assert_int_equal(
            nf_model_find_profile(model, NULL)->throw_partial_error,
            rows[i].throws);
        nf_model_close(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_modes, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_precedence, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_constraint, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_caption, helper_setup,
                                        helper_teardown),
        cmocka_unit_test_setup_teardown(test_partial, helper_setup,
                                        helper_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
