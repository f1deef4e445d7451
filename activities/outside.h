/* The activities that only a host answers for (outside.c). */
#ifndef NF_ACTIVITIES_OUTSIDE_H
#define NF_ACTIVITIES_OUTSIDE_H

#include "interpreter/activity.h"

/* X(name of the row, stored type, caption). */
#define NF_OUTSIDE_ACTIVITIES(X)                                               \
    X(app_service, "Microflows$AppServiceCallAction", "Call app service")      \
    X(apply_jump, "Microflows$ApplyJumpToOptionAction",                        \
      "Apply jump-to option")                                                  \
    X(call_external, "Microflows$CallExternalAction", "Call external action")  \
    X(call_web_service, "Microflows$CallWebServiceAction", "Call web service") \
    X(counter, "Microflows$CounterMeterAction", "Counter")                     \
    X(delete_external, "Microflows$DeleteExternalObject",                      \
      "Delete external object")                                                \
    X(query_database, "DatabaseConnector$ExecuteDatabaseQueryAction",          \
      "Query external database")                                               \
    X(export_mapping, "Microflows$ExportXmlAction", "Export with mapping")     \
    X(gauge, "Microflows$GaugeMeterAction", "Gauge")                           \
    X(generate_document, "Microflows$GenerateDocumentAction",                  \
      "Generate document")                                                     \
    X(generate_jump, "Microflows$GenerateJumpToOptionsAction",                 \
      "Generate jump-to options")                                              \
    X(workflow_records, "Microflows$GetWorkflowActivityRecordsAction",         \
      "Retrieve workflow activity records")                                    \
    X(workflow_context, "Microflows$GetWorkflowDataAction",                    \
      "Retrieve workflow context")                                             \
    X(workflows, "Microflows$GetWorkflowsAction", "Retrieve workflows")        \
    X(import_mapping, "Microflows$ImportXmlAction", "Import with mapping")     \
    X(increment_counter, "Microflows$IncrementCounterMeterAction",             \
      "Increment counter")                                                     \
    X(lock_workflow, "Microflows$LockWorkflowAction", "Lock workflow")         \
    X(call_ml_model, "Microflows$MLModelCallAction", "Call ML model")          \
    X(notify_workflow, "Microflows$NotifyWorkflowAction", "Notify workflow")   \
    X(show_task, "Microflows$OpenUserTaskAction", "Show user task page")       \
    X(show_workflow, "Microflows$OpenWorkflowAction",                          \
      "Show workflow admin page")                                              \
    X(send_rest_request, "Microflows$RestOperationCallAction",                 \
      "Send REST request")                                                     \
    X(send_email, "Microflows$SendEmailAction", "Send email")                  \
    X(send_external, "Microflows$SendExternalObject", "Send external object")  \
    X(complete_task, "Microflows$SetTaskOutcomeAction", "Complete user task")  \
    X(transform_json, "Microflows$TransformJsonAction", "Transform JSON")      \
    X(unlock_workflow, "Microflows$UnlockWorkflowAction", "Unlock workflow")   \
    X(call_workflow, "Microflows$WorkflowCallAction", "Call workflow")         \
    X(change_workflow, "Microflows$WorkflowOperationAction",                   \
      "Change workflow state")

/* Warns that `what` works with a host's answer only. */
void nf_outside_warn(nf_binder *binder, const char *what);

#endif
