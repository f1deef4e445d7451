/* `check` of apps given as text, and its answer as JSON. */
#ifndef HELPER_CHECK_H
#define HELPER_CHECK_H

#include "nanoflow.h"

#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* after the four above */
#include <cmocka.h>

/* The document of `check --json`; json_object_put. */
struct json_object *helper_check_path(const char *path, size_t *errors);
/* Checks an app of one module `M` with these units and this navigation. */
struct json_object *helper_check_units(const char *navigation,
                                       const char *units, size_t *errors);
/* A member of the document, or a member of that; fails if it is missing. */
struct json_object *helper_get(struct json_object *root, const char *a,
                               const char *b);
int helper_number(struct json_object *root, const char *a, const char *b);
/* The first problem with this code; fails if there is none. */
struct json_object *helper_problem(struct json_object *root, const char *code);
bool helper_has_problem(struct json_object *root, const char *code);
void helper_assert_text(struct json_object *object, const char *key,
                        const char *expected);

#define FLOW(name, rest, body)                                                 \
    "<Nanoflow Name=\"" name "\" " rest                                        \
    "><ObjectCollection><Objects><StartEvent id=\"s\"/>" body                  \
    "<EndEvent id=\"e\"/></Objects></ObjectCollection><Flows>"                 \
    "<flow from=\"s\" to=\"a\"/><flow from=\"a\" to=\"e\"/></Flows></Nanoflow>\n"
#define ACTION(attributes)                                                     \
    "<ActionActivity id=\"a\"><Action " attributes "/></ActionActivity>"
#define PROFILE(configs)                                                       \
    "<NavigationDocument><Profiles><NativeNavigationProfile Name=\"N\">"       \
    "<OfflineEntityConfigs>" configs                                           \
    "</OfflineEntityConfigs></NativeNavigationProfile></Profiles>"             \
    "</NavigationDocument>\n"
#define CONFIG(entity, mode)                                                   \
    "<OfflineEntityConfig Entity=\"" entity "\" SyncMode=\"" mode "\"/>"
#define TWO_ENTITIES(association)                                              \
    "<DomainModel><Entities><Entity id=\"A\" Name=\"A\"/>"                     \
    "<Entity id=\"B\" Name=\"B\"/></Entities><Associations>" association       \
    "</Associations></DomainModel>\n"

#endif
