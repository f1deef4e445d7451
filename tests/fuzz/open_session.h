/* A session for targets of the layers above: an example's app, a device in
 * memory, a clock that stands still. */
#ifndef FUZZ_OPEN_SESSION_H
#define FUZZ_OPEN_SESSION_H

#include "library/session.h"

/* The same at each call. */
nf_session *fuzz_session(void);

#endif
