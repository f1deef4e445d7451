/* The functions of ICU that nanoflow calls, loaded with the first of them: ICU
 * brings the library of C++ and tables along, which would be half of what the
 * program needs to start, and most runs ask for nothing of it.
 *
 *     nf_icu()->u_foldCase(c, U_FOLD_CASE_DEFAULT)
 *
 * ICU's headers give each name the version that they are of; the fields have
 * these names as well. Nobody else includes a header of ICU. */
#ifndef NF_BASE_ICU_H
#define NF_BASE_ICU_H

#include <unicode/ucal.h>
#include <unicode/ucasemap.h>
#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/ucol.h>
#include <unicode/udat.h>
#include <unicode/uloc.h>
#include <unicode/unum.h>
#include <unicode/uregex.h>
#include <unicode/ustring.h>

#include <stdbool.h>
#include <stddef.h>

#define NF_ICU_FUNCTIONS(F)                                                    \
    F(u_errorName)                                                             \
    F(u_foldCase)                                                              \
    F(u_isalnum)                                                               \
    F(u_isalpha)                                                               \
    F(u_strFromUTF8WithSub)                                                    \
    F(u_strToUTF8)                                                             \
    F(u_strToUTF8WithSub)                                                      \
    F(u_uastrncpy)                                                             \
    F(ucal_close)                                                              \
    F(ucal_getAttribute)                                                       \
    F(ucal_getTimeZoneDisplayName)                                             \
    F(ucal_open)                                                               \
    F(ucasemap_close)                                                          \
    F(ucasemap_open)                                                           \
    F(ucasemap_utf8ToLower)                                                    \
    F(ucasemap_utf8ToUpper)                                                    \
    F(ucnv_close)                                                              \
    F(ucnv_open)                                                               \
    F(ucnv_toUChars)                                                           \
    F(ucol_close)                                                              \
    F(ucol_open)                                                               \
    F(ucol_strcollUTF8)                                                        \
    F(udat_close)                                                              \
    F(udat_getSymbols)                                                         \
    F(udat_open)                                                               \
    F(udat_toPattern)                                                          \
    F(uloc_getISO3Country)                                                     \
    F(uloc_getISO3Language)                                                    \
    F(unum_close)                                                              \
    F(unum_getSymbol)                                                          \
    F(unum_open)                                                               \
    F(unum_toPattern)                                                          \
    F(uregex_close)                                                            \
    F(uregex_end)                                                              \
    F(uregex_find)                                                             \
    F(uregex_findNext)                                                         \
    F(uregex_matches)                                                          \
    F(uregex_open)                                                             \
    F(uregex_setStackLimit)                                                    \
    F(uregex_setText)                                                          \
    F(uregex_setTimeLimit)                                                     \
    F(uregex_start)

#define NF_ICU_FIELD(name) __typeof__(name) *name;
typedef struct nf_icu_functions {
    NF_ICU_FUNCTIONS(NF_ICU_FIELD)
} nf_icu_functions;
#undef NF_ICU_FIELD

/* Never NULL: without the library the process ends (nf_dynamic_need). Any
 * thread. */
const nf_icu_functions *nf_icu(void);

/* ICU can't report that there is no memory: where it opens something it then
 * crashes, waits for itself for ever, or keeps what it has half made for all
 * that come later. So before each of its functions that open something we look
 * whether there is more to be had than they take: NF_ICU_ROOM, for a pattern
 * what is counted by its text, and at first what the library itself takes
 * (tests/unit/base/test_icu.c measures it). False: there is not, NF_NOMEM. What
 * is left is another thread that takes it away meanwhile. Not counted in an
 * account: ICU's memory is the process's. Any thread. */
enum { NF_ICU_ROOM = 4 << 20 };
bool nf_icu_room(size_t more);
/* What a regular expression takes beyond NF_ICU_ROOM. */
size_t nf_icu_regex_room(const char *pattern, size_t length);

#endif
