/* Names and rules of a language from ICU, read once and kept with the
 * session's cache (design §4: ICU gives names; the patterns are ours). Short
 * styles come as patterns of the same letters. */
#include "interpreter/cache.h"
#include "interpreter/dates.h"
#include "base/icu.h"

#include <stdio.h>
#include <string.h>

static bool to_name(nf_name out, const UChar *text, int32_t length)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t written;

    nf_icu()->u_strToUTF8(out, NF_NAME_SIZE, &written, text, length, &status);
    if (U_FAILURE(status) || written >= NF_NAME_SIZE) {
        out[0] = '\0';
        return false;
    }
    return true;
}

static bool symbol(nf_name out, const UDateFormat *format,
                   UDateFormatSymbolType type, int index)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar text[NF_NAME_SIZE];
    int32_t length = nf_icu()->udat_getSymbols(format, type, index, text,
                                               NF_NAME_SIZE, &status);

    return U_SUCCESS(status) && length < NF_NAME_SIZE &&
           to_name(out, text, length);
}

static bool read_symbols(nf_locale *l, const UDateFormat *f)
{
    bool ok = true;
    int i;

    for (i = 0; i < 12; i++) {
        ok = symbol(l->months[0][i], f, UDAT_SHORT_MONTHS, i) && ok;
        ok = symbol(l->months[1][i], f, UDAT_MONTHS, i) && ok;
        ok =
            symbol(l->alone_months[0][i], f, UDAT_STANDALONE_SHORT_MONTHS, i) &&
            ok;
        ok = symbol(l->alone_months[1][i], f, UDAT_STANDALONE_MONTHS, i) && ok;
    }
    for (i = 0; i < 7; i++) { /* ICU counts weekdays from 1 */
        ok = symbol(l->weekdays[0][i], f, UDAT_SHORT_WEEKDAYS, i + 1) && ok;
        ok = symbol(l->weekdays[1][i], f, UDAT_WEEKDAYS, i + 1) && ok;
    }
    for (i = 0; i < 2; i++) {
        ok = symbol(l->am_pm[i], f, UDAT_AM_PMS, i) && ok;
        ok = symbol(l->eras[i], f, UDAT_ERAS, i) && ok;
    }
    return ok;
}

static bool short_pattern(nf_name out, const char *language, bool date,
                          bool time)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar text[NF_NAME_SIZE];
    UDateFormat *format = nf_icu()->udat_open(
        time ? UDAT_SHORT : UDAT_NONE, date ? UDAT_SHORT : UDAT_NONE, language,
        NULL, 0, NULL, 0, &status);
    int32_t length = 0;

    if (U_SUCCESS(status))
        length = nf_icu()->udat_toPattern(format, false, text, NF_NAME_SIZE,
                                          &status);
    if (format)
        nf_icu()->udat_close(format);
    return U_SUCCESS(status) && length < NF_NAME_SIZE &&
           to_name(out, text, length);
}

static bool read_week(nf_locale *l)
{
    UErrorCode status = U_ZERO_ERROR;
    UCalendar *calendar =
        nf_icu()->ucal_open(NULL, 0, l->language, UCAL_GREGORIAN, &status);

    if (U_FAILURE(status))
        return false;
    l->first_day =
        nf_icu()->ucal_getAttribute(calendar, UCAL_FIRST_DAY_OF_WEEK) - 1;
    l->minimal_days =
        nf_icu()->ucal_getAttribute(calendar, UCAL_MINIMAL_DAYS_IN_FIRST_WEEK);
    nf_icu()->ucal_close(calendar);
    return true;
}

static bool load(nf_locale *l, const char *language)
{
    char gregorian[sizeof l->language + sizeof "@calendar=gregorian"];
    UErrorCode status = U_ZERO_ERROR;
    UDateFormat *format;
    bool ok;

    /* Some languages name the months of another calendar by default. */
    snprintf(l->language, sizeof l->language, "%s", language);
    snprintf(gregorian, sizeof gregorian, "%s%s", l->language,
             strchr(l->language, '@') ? "" : "@calendar=gregorian");
    language = gregorian;
    format = nf_icu()->udat_open(UDAT_SHORT, UDAT_SHORT, language, NULL, 0,
                                 NULL, 0, &status);
    if (U_FAILURE(status))
        return false;
    ok = read_symbols(l, format);
    nf_icu()->udat_close(format);
    return ok && read_week(l) &&
           short_pattern(l->date_pattern, language, true, false) &&
           short_pattern(l->time_pattern, language, false, true) &&
           short_pattern(l->both_pattern, language, true, true);
}

const nf_locale *nf_locale_get(nf_evaluator *e, nf_error *err)
{
    const char *language = e->environment->language;
    nf_locale *locale;

    if (!language || !*language)
        language = "en_US";
    if (e->cache && e->cache->locale &&
        !strncmp(e->cache->locale->language, language,
                 sizeof e->cache->locale->language - 1))
        return e->cache->locale;
    locale = nf_icu_room(0) ? nf_alloc(sizeof *locale) : NULL;
    if (!locale) {
        nf_error_nomem(err);
        return NULL;
    }
    if (!load(locale, language)) {
        nf_free(locale);
        nf_expression_error(err, "E-RANGE", "No date names for language '%s'",
                            language);
        return NULL;
    }
    if (e->cache) {
        nf_free(e->cache->locale);
        e->cache->locale = locale;
    }
    return locale;
}

void nf_locale_done(nf_evaluator *e, const nf_locale *locale)
{
    if (!e->cache)
        nf_free((void *)(uintptr_t)locale);
}
