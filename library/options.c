/* Options of a host that was compiled with an older header, or a newer one; and
 * which languages there are. */
#include "library/options.h"

#include "base/icu.h"

#include <string.h>

enum { SIZE_MAX_SENSIBLE = 4096 }; /* more is no size but an unset struct */

static bool is_zero(const unsigned char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes[i])
            return false;
    return true;
}

nf_status nf_options_read(void *out, size_t size, const void *given,
                          const char *name, nf_error *err)
{
    size_t known = 0;

    memset(out, 0, size);
    memcpy(&known, given, sizeof known);
    if (known < sizeof known || known > SIZE_MAX_SENSIBLE)
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "the %s have no size: begin with their macro "
                            "NF_…_INIT",
                            name);
    if (known > size &&
        !is_zero((const unsigned char *)given + size, known - size))
        return nf_error_set(err, NF_USAGE, "bad_option",
                            "the %s set what version %s of the library does "
                            "not know",
                            name, NF_VERSION);
    memcpy(out, given, known < size ? known : size);
    memcpy(out, &size, sizeof size);
    return NF_OK;
}

/* Of "nl_BE" the country; scripts (zh_Hans) and regions (es_419) are not asked.
 */
static bool has_known_country(const char *code)
{
    const char *last = strrchr(code, '_');
    if (!last)
        last = strrchr(code, '-');
    return !last || strlen(last + 1) != 2 ||
           *nf_icu()->uloc_getISO3Country(code);
}

nf_status nf_check_language(const char *code, nf_error *err)
{
    size_t length = strspn(code, "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    if (length >= 2 && length <= 32 && !code[length] &&
        *nf_icu()->uloc_getISO3Language(code) && has_known_country(code))
        return NF_OK;
    return nf_error_set(err, NF_USAGE, "bad_option",
                        "\"%s\" is no language: use a code such as en_US",
                        code);
}
