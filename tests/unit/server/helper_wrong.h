/* Documents with one field that is wrong: every field in turn, left out or of
 * any other kind, for both ends of the protocol (synchronize W18, §27.5 …
 * §27.8). */
#ifndef HELPER_WRONG_H
#define HELPER_WRONG_H

#include "sync/codec.h"

/* How many fields a document has, those of documents and arrays in it included
 * (three levels). */
size_t helper_field_count(const bson_t *document);
/* How many ways there are to make one wrong, and their names. */
size_t helper_wrong_count(void);
const char *helper_wrong_name(size_t way);
/* The document with its `field`-th field wrong in that way; `name` gets the
 * field's. Owner: caller, bson_destroy. */
bson_t *helper_wrong(const bson_t *document, size_t field, size_t way,
                     char name[64]);

#endif
