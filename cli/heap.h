/* Memory of commands that read a whole app. */
#ifndef NF_CLI_HEAP_H
#define NF_CLI_HEAP_H

/* The program is about to take much memory in small pieces: it comes in large
 * pages, each of which costs the system as much as a small one. Where there are
 * none, nothing changes. Before threads start. */
void cli_heap_large(void);

#endif
