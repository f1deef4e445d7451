/* Looking on at a session: traces, debuggers, coverage (interpreter/observe.h).
 */
#ifndef NF_LIBRARY_WATCH_H
#define NF_LIBRARY_WATCH_H

#include "interpreter/observe.h"
#include "library/session.h"

/* Flows run from `programs`, which are watched and borrowed: they outlive the
 * session, and serve one session at a time. NULL: from programs of the
 * session's own, with steps. Between calls only. Those of a server in the same
 * process are watched, too. */
nf_status nf_session_look(nf_session *session, nf_programs *programs,
                           nf_error *err);
/* Tells `looker` (borrowed; NULL: nobody) of every step. Between calls only. */
nf_status nf_session_observe(nf_session *session, const nf_observer *looker,
                             nf_error *err);
/* The session's: traces steps; and what ends with it. */
nf_status nf_session_begin_trace(nf_session *session, nf_error *err);
void nf_session_end_watch(nf_session *session);

#endif
