/* The functions of zlib that nanoflow calls, loaded with the first result that
 * is compressed. As base/icu.h. */
#ifndef NF_SYNC_ZLIB_H
#define NF_SYNC_ZLIB_H

#include <zlib.h>

#include <stdbool.h>

#define NF_ZLIB_FUNCTIONS(F)                                                   \
    F(deflate)                                                                 \
    F(deflateBound)                                                            \
    F(deflateEnd)                                                              \
    F(deflateInit2_)                                                           \
    F(inflate)                                                                 \
    F(inflateEnd)                                                              \
    F(inflateInit2_)                                                           \
    F(inflateReset)                                                            \
    F(zlibVersion)

#define NF_ZLIB_FIELD(name) __typeof__(name) *name;
typedef struct nf_zlib_functions {
    NF_ZLIB_FUNCTIONS(NF_ZLIB_FIELD)
} nf_zlib_functions;
#undef NF_ZLIB_FIELD

/* Never NULL: without the library the process ends (nf_dynamic_need). Any
 * thread. */
const nf_zlib_functions *nf_zlib(void);
/* Whether it is loaded or can be: false, there is no memory (nf_dynamic_room).
 * Before its first function that could answer that. */
bool nf_zlib_room(void);

#endif
