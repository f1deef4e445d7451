/* A few threads that work off jobs for one other thread: what takes long and
 * needs nothing of the server's. */
#ifndef NF_SERVER_WORKERS_H
#define NF_SERVER_WORKERS_H

#include <stdbool.h>

typedef struct nf_workers nf_workers;

/* `work` is called by a worker with a job that was given. At most `threads`
 * jobs are under way, and `waiting` wait beside them. NULL: out of memory, or
 * no threads. */
nf_workers *nf_workers_new(int threads, int waiting, void (*work)(void *job));
/* False: too many wait already. */
bool nf_workers_give(nf_workers *workers, void *job);
/* A job that is finished; NULL: none is. */
void *nf_workers_take(nf_workers *workers);
/* Readable while there may be finished jobs. */
int nf_workers_fd(const nf_workers *workers);
/* Waits for those under way; jobs that wait are finished without being worked
 * on. Afterwards they can still be taken. */
void nf_workers_stop(nf_workers *workers);
/* Stops; all jobs have been taken. NULL is fine. */
void nf_workers_free(nf_workers *workers);

#endif
