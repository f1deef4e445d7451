/* Doubles as text (real.h). They are rare, so a locale is made each time
 * rather than kept in global state. */
#include "base/real.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool nf_real_print(char text[NF_REAL_TEXT], double value)
{
    locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    locale_t outer;
    bool same = false;

    text[0] = '\0';
    if (!c)
        return false;
    outer = uselocale(c);
    for (int digits = 15; digits <= 17 && !same; digits++) {
        double back;

        snprintf(text, NF_REAL_TEXT, "%.*g", digits, value);
        back = strtod(text, NULL);
        same = memcmp(&back, &value, sizeof back) == 0;
    }
    uselocale(outer);
    freelocale(c);
    return same;
}

bool nf_real_parse(double *out, const char *text)
{
    locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    locale_t outer;
    char *end;

    *out = 0;
    if (!c)
        return false;
    outer = uselocale(c);
    *out = strtod(text, &end);
    uselocale(outer);
    freelocale(c);
    return end != text && !*end;
}
