/* What ICU takes where it opens something, in every language that it knows and
 * for regular expressions of every kind, is less than nf_icu_room has looked
 * for: a quarter of it. */
#include "base/icu.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uclean.h>

#define TEXT(name) #name
#define NAME(name) TEXT(name) /* with the version that a header gives it */

/* ---- counting
 * ---------------------------------------------------------------- */

static size_t live, most;

static void *count(size_t *block, size_t size)
{
    assert_non_null(block);
    *block = size;
    live += size;
    if (live > most)
        most = live;
    return block + 2;
}

static void *allocate(const void *unused, size_t size)
{
    (void)unused;
    return count(malloc(size + 2 * sizeof size), size);
}

static void release(const void *unused, void *memory)
{
    size_t *block = memory;

    (void)unused;
    if (!memory)
        return;
    block -= 2;
    live -= *block;
    free(block);
}

static void *reallocate(const void *unused, void *memory, size_t size)
{
    size_t *block = memory;

    if (!memory)
        return allocate(unused, size);
    block -= 2;
    live -= *block;
    return count(realloc(block, size + 2 * sizeof size), size);
}

static int begin(void **unused)
{
    UErrorCode code = U_ZERO_ERROR;
    void *library = dlopen("libicuuc.so." U_ICU_VERSION_SHORT, RTLD_NOW);
    __typeof__(u_setMemoryFunctions) *set;

    (void)unused;
    assert_non_null(library);
    *(void **)&set = dlsym(library, NAME(u_setMemoryFunctions));
    assert_non_null(set);
    set(NULL, allocate, reallocate, release, &code);
    return U_FAILURE(code);
}

/* ---- languages
 * --------------------------------------------------------------- */

static void opens_everything(const char *language)
{
    const nf_icu_functions *icu = nf_icu();
    UErrorCode code = U_ZERO_ERROR;
    UChar zone[64], text[256];
    size_t before = live;
    UDateFormat *date;
    UNumberFormat *number;
    UCalendar *calendar;
    UCollator *collator;

    most = live;
    date = icu->udat_open(UDAT_SHORT, UDAT_SHORT, language, NULL, 0, NULL, 0,
                          &code);
    number = icu->unum_open(UNUM_DECIMAL, NULL, 0, language, NULL, &code);
    icu->u_uastrncpy(zone, "Europe/Amsterdam", 63);
    calendar = icu->ucal_open(zone, -1, language, UCAL_GREGORIAN, &code);
    icu->ucal_getTimeZoneDisplayName(calendar, UCAL_DST, language, text, 256,
                                     &code);
    collator = icu->ucol_open(language, &code);
    assert_true(U_SUCCESS(code));
    icu->ucol_strcollUTF8(collator, "Zebra", -1, "\xc3\xa4pfel", -1, &code);
    icu->ucol_close(collator);
    icu->ucal_close(calendar);
    icu->unum_close(number);
    icu->udat_close(date);
    assert_true(most - before < NF_ICU_ROOM / 4);
}

static void languages_have_room(void **unused)
{
    int32_t count = 0;
    void *library = dlopen("libicuuc.so." U_ICU_VERSION_SHORT, RTLD_NOW);
    __typeof__(uloc_countAvailable) *available;
    __typeof__(uloc_getAvailable) *name;

    (void)unused;
    *(void **)&available = dlsym(library, NAME(uloc_countAvailable));
    *(void **)&name = dlsym(library, NAME(uloc_getAvailable));
    assert_true(available && name);
    count = available();
    assert_true(count > 100);
    for (int32_t i = 0; i < count; i += 7) /* most of them share their tables */
        opens_everything(name(i));
    opens_everything("en_US");
    opens_everything("zh_CN");
}

/* ---- regular expressions
 * ----------------------------------------------------- */

static void compiles(const char *piece, int times)
{
    const nf_icu_functions *icu = nf_icu();
    UErrorCode code = U_ZERO_ERROR;
    URegularExpression *regex;
    size_t before = live, length = strlen(piece) * (size_t)times;
    UChar *wide = malloc((length + 1) * sizeof *wide);
    char *text = malloc(length + 1);

    assert_true(wide && text);
    for (int i = 0; i < times; i++)
        memcpy(text + strlen(piece) * (size_t)i, piece, strlen(piece));
    for (size_t i = 0; i < length; i++)
        wide[i] = (UChar)(unsigned char)text[i];
    most = live;
    regex = icu->uregex_open(wide, (int32_t)length, 0, NULL, &code);
    assert_true(U_SUCCESS(code));
    icu->uregex_close(regex);
    assert_true(most - before <
                NF_ICU_ROOM / 4 + nf_icu_regex_room(text, length) / 4);
    free(wide);
    free(text);
}

static void patterns_have_room(void **unused)
{
    static const char *const pieces[] = {
        "a",          "(a)",       "[ab]",       "[^\\p{L}x]", "a{9}",
        "\\p{L}",     "\\p{Ll}",   "\\P{Cn}",    "\\w",        "(?i)[a-z]",
        "(?i)k",      "(?<=[ab])", "(?:a|b|)",   "[a-z]{1,9}", "\\b",
        "(?i)straba", "[\\w\\s]",  "[[a-c][x]]", "\\R",        "x*?"};

    (void)unused;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        compiles(pieces[i], 1);
        compiles(pieces[i], 300);
    }
}

static void no_room_is_seen(void **unused)
{
    (void)unused;
    assert_true(nf_icu_room(0));
    assert_false(nf_icu_room(SIZE_MAX - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(languages_have_room),
        cmocka_unit_test(patterns_have_room),
        cmocka_unit_test(no_room_is_seen),
    };

    return cmocka_run_group_tests(tests, begin, NULL);
}
