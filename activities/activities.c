/* The table that binds a stored $Type to its file. A type that is not here is
 * `unsupported_activity`, named by the compiler. */
#include "activities/activities.h"

const nf_activity *const nf_activities[] = {
    &nf_activity_create_object,
    &nf_activity_change_object,
    &nf_activity_commit,
    &nf_activity_delete,
    &nf_activity_rollback,
    &nf_activity_cast,
    &nf_activity_retrieve,
    &nf_activity_create_list,
    &nf_activity_change_list,
    &nf_activity_list_operation,
    &nf_activity_aggregate,
    &nf_activity_call_java,
    &nf_activity_call_javascript,
    &nf_activity_call_microflow,
    &nf_activity_call_rest,
    &nf_activity_show_message,
    &nf_activity_show_page,
    &nf_activity_close_page,
    &nf_activity_validation_feedback,
    &nf_activity_log_message,
    &nf_activity_synchronize,
    &nf_activity_cancel_synchronization,
    &nf_activity_clear_from_device,
    &nf_activity_synchronize_to_device,
    &nf_activity_show_home_page,
    &nf_activity_download_file,
#define ROW(name, stored, text) &nf_activity_##name,
    NF_OUTSIDE_ACTIVITIES(ROW)
#undef ROW
        0,
};
