/* The functions of libedit that are called, loaded with the first of them: only
 * who types at a terminal needs it. */
#ifndef NF_CLI_EDIT_H
#define NF_CLI_EDIT_H

#include <histedit.h>

#define CLI_EDIT_FUNCTIONS(F)                                                  \
    F(el_cursor)                                                               \
    F(el_deletestr)                                                            \
    F(el_end)                                                                  \
    F(el_get)                                                                  \
    F(el_gets)                                                                 \
    F(el_init)                                                                 \
    F(el_insertstr)                                                            \
    F(el_line)                                                                 \
    F(el_set)                                                                  \
    F(el_source)                                                               \
    F(el_wset)                                                                 \
    F(history)                                                                 \
    F(history_end)                                                             \
    F(history_init)

#define CLI_EDIT_FIELD(name) __typeof__(name) *name;
typedef struct cli_edit_functions {
    CLI_EDIT_FUNCTIONS(CLI_EDIT_FIELD)
} cli_edit_functions;
#undef CLI_EDIT_FIELD

/* NULL: it is not installed. The program has one thread. */
const cli_edit_functions *cli_edit(void);

#endif
