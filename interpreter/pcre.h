/* The functions of PCRE2 that nanoflow calls, for bytes and for UTF-16, each
 * loaded with the first regular expression that needs it. As base/icu.h. */
#ifndef NF_INTERPRETER_PCRE_H
#define NF_INTERPRETER_PCRE_H

#define PCRE2_CODE_UNIT_WIDTH 0
#include <pcre2.h>

#include <stdbool.h>

#define NF_PCRE_BYTES(F)                                                       \
    F(pcre2_code_free_8)                                                       \
    F(pcre2_compile_8)                                                         \
    F(pcre2_get_error_message_8)                                               \
    F(pcre2_get_ovector_pointer_8)                                             \
    F(pcre2_jit_compile_8)                                                     \
    F(pcre2_jit_match_8)                                                       \
    F(pcre2_match_8)                                                           \
    F(pcre2_match_context_create_8)                                            \
    F(pcre2_match_context_free_8)                                              \
    F(pcre2_match_data_create_from_pattern_8)                                  \
    F(pcre2_match_data_free_8)                                                 \
    F(pcre2_set_heap_limit_8)                                                  \
    F(pcre2_set_match_limit_8)

#define NF_PCRE_UNITS(F)                                                       \
    F(pcre2_code_free_16)                                                      \
    F(pcre2_compile_16)                                                        \
    F(pcre2_get_ovector_pointer_16)                                            \
    F(pcre2_match_16)                                                          \
    F(pcre2_match_context_create_16)                                           \
    F(pcre2_match_context_free_16)                                             \
    F(pcre2_match_data_create_from_pattern_16)                                 \
    F(pcre2_match_data_free_16)                                                \
    F(pcre2_set_heap_limit_16)                                                 \
    F(pcre2_set_match_limit_16)

#define NF_PCRE_FIELD(name) __typeof__(name) *name;
typedef struct nf_pcre_bytes {
    NF_PCRE_BYTES(NF_PCRE_FIELD)
} nf_pcre_bytes;
typedef struct nf_pcre_units {
    NF_PCRE_UNITS(NF_PCRE_FIELD)
} nf_pcre_units;
#undef NF_PCRE_FIELD

/* Never NULL: without the library the process ends (nf_dynamic_need). Any
 * thread. */
const nf_pcre_bytes *nf_pcre(void);
const nf_pcre_units *nf_pcre_wide(void);
/* Whether one of them is loaded or can be: false, there is no memory
 * (nf_dynamic_room). Before the first pattern is compiled. */
bool nf_pcre_room(bool wide);

#endif
