/* The activities that nanoflow knows beside the machine's own instructions
 * (create and change variable, call nanoflow, control flow). One file each. */
#ifndef NF_ACTIVITIES_ACTIVITIES_H
#define NF_ACTIVITIES_ACTIVITIES_H

#include "activities/outside.h"
#include "interpreter/activity.h"

/* All rows, ending with NULL: for nf_programs_new. */
extern const nf_activity *const nf_activities[];

extern const nf_activity nf_activity_aggregate;
extern const nf_activity nf_activity_call_java;
extern const nf_activity nf_activity_call_javascript;
extern const nf_activity nf_activity_call_microflow;
extern const nf_activity nf_activity_call_rest;
extern const nf_activity nf_activity_cancel_synchronization;
extern const nf_activity nf_activity_cast;
extern const nf_activity nf_activity_change_list;
extern const nf_activity nf_activity_change_object;
extern const nf_activity nf_activity_clear_from_device;
extern const nf_activity nf_activity_close_page;
extern const nf_activity nf_activity_commit;
extern const nf_activity nf_activity_create_list;
extern const nf_activity nf_activity_create_object;
extern const nf_activity nf_activity_delete;
extern const nf_activity nf_activity_list_operation;
extern const nf_activity nf_activity_download_file;
extern const nf_activity nf_activity_log_message;
extern const nf_activity nf_activity_retrieve;
extern const nf_activity nf_activity_rollback;
extern const nf_activity nf_activity_show_home_page;
extern const nf_activity nf_activity_show_message;
extern const nf_activity nf_activity_show_page;
extern const nf_activity nf_activity_synchronize;
extern const nf_activity nf_activity_synchronize_to_device;
extern const nf_activity nf_activity_validation_feedback;

#define NF_DECLARE(name, stored, text)                                         \
    extern const nf_activity nf_activity_##name;
NF_OUTSIDE_ACTIVITIES(NF_DECLARE)
#undef NF_DECLARE

#endif
