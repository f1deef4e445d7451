/* See provided.h; the files of shim/ provide them. */
#include "javascript/provided.h"

#include <string.h>

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* clang-format off */
const nf_js_provided nf_js_provided_modules[] = {
    {"big.js", NULL},
    {"mx-global", NULL},
    {"mx-api", NAMES("data", "getAppUrl", "login", "logout", "parser",
                     "session", "ui")},
    {"mx-api/data",
     NAMES("commit", "create", "getByGuid", "getByGuids", "getFileUrl",
           "remove", "retrieveByEntity", "retrieveByPath", "retrieveByXpath",
           "rollback", "update")},
    {"mx-api/parser", NAMES("formatValue", "parseValue")},
    {"mx-api/pwa", NAMES("skipWaiting")},
    {"mx-api/session",
     NAMES("clearCachedSessionData", "getCSRFToken", "getConfig", "getUserId",
           "getUserName", "getUserRoleNames", "isGuest")},
    {"mx-api/ui",
     NAMES("back", "confirmation", "hideProgress", "reloadApp", "showDialog",
           "showError", "showInfo", "showProgress", "showWarning")},
    {"mendix/logging", NAMES("addLogListener")},
    {"mendix/parser", NAMES("formatValue", "parseValue")},
    {"mendix/session", NAMES("getCSRFToken", "getUserId", "getUserName",
                             "getUserRoleNames", "isGuest")},
    {"@react-native-async-storage/async-storage", NULL},
    {"@react-native-community/async-storage", NULL},
    {"@react-native-community/netinfo",
     NAMES("addEventListener", "fetch", "refresh")},
    {"text-encoding", NULL},
    {NULL, NULL},
};
/* clang-format on */
const nf_js_provided nf_js_provided_phone = {
    "react-native", NAMES("Alert", "AppState", "AsyncStorage",
                          "InteractionManager", "Keyboard", "Linking",
                          "Platform")};

const nf_js_provided *nf_js_provided_find(const char *module)
{
    for (const nf_js_provided *p = nf_js_provided_modules; p->module; p++)
        if (strcmp(p->module, module) == 0)
            return p;
    return NULL;
}

bool nf_js_provides(const nf_js_provided *provided, const char *name)
{
    if (!provided->names || strcmp(name, "*") == 0 ||
        strcmp(name, "default") == 0)
        return true;
    for (const char *const *known = provided->names; *known; known++)
        if (strcmp(*known, name) == 0)
            return true;
    return false;
}
