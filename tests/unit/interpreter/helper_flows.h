/* Fixtures for tests that run flows: an app from XML text, a world without
 * database or server, and the events that the flow caused. */
#ifndef HELPER_FLOWS_H
#define HELPER_FLOWS_H

/* Whole apps are string literals here. */
#pragma GCC diagnostic ignored "-Woverlength-strings"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "interpreter/flow.h"
#include "interpreter/functions.h"
#include "interpreter/observe.h"

typedef struct helper_app {
    nf_model *model;
    nf_programs *programs;
    nf_world world;
    int64_t now;
    nf_buffer events; /* one line `name json` per event */
    nf_error error;   /* of the last run */
    uint64_t steps;
} helper_app;

/* The head and the tail of an app around the units of module T. */
#define APP_HEAD                                                               \
    "<app xmlns='urn:nanoflow:app:1' format='1' mendix='10.24.0'>"             \
    "<Module Name='T'><units>"
#define APP_TAIL "</units></Module></app>"
/* A nanoflow: name, result type, objects, flows. */
#define FLOW(name, result, objects, flows)                                     \
    "<Nanoflow Name='" name "' MicroflowReturnType='" result "'>"              \
    "<ObjectCollection><Objects>" objects                                      \
    "</Objects></ObjectCollection><Flows>" flows "</Flows></Nanoflow>"
#define ACT(id, action)                                                        \
    "<ActionActivity id='" id "'><Action " action "/></ActionActivity>"
#define VAR(id, name, type, value)                                             \
    ACT(id, "type='CreateVariableAction' VariableName='" name                  \
            "' VariableType='" type "' InitialValue=\"" value "\"")
#define SET(id, name, value)                                                   \
    ACT(id, "type='ChangeVariableAction' ChangeVariableName='" name            \
            "' Value=\"" value "\"")
#define PARAM(name, type)                                                      \
    "<MicroflowParameter Name='" name "' VariableType='" type "'/>"
#define SPLIT(id, condition)                                                   \
    "<ExclusiveSplit id='" id "'><SplitCondition Expression=\"" condition      \
    "\"/></ExclusiveSplit>"
#define WHILE(id, condition, objects)                                          \
    "<LoopedActivity id='" id                                                  \
    "'><LoopSource type='WhileLoopCondition' WhileExpression=\"" condition     \
    "\"/><ObjectCollection><Objects>" objects                                  \
    "</Objects></ObjectCollection></LoopedActivity>"
#define START "<StartEvent id='start'/>"
#define END(id, value) "<EndEvent id='" id "' ReturnValue=\"" value "\"/>"
#define GO(from, to) "<flow from='" from "' to='" to "'/>"
#define WHEN(from, to, value)                                                  \
    "<flow from='" from "' to='" to "' case='" value "'/>"
#define CATCH(from, to) "<flow from='" from "' to='" to "' error='true'/>"

/* How programs of the apps opened next are watched. */
extern nf_watching helper_watch;
/* Opens XML text as an app; fails the test with the message otherwise. */
helper_app *helper_open(const char *xml, const nf_activity *const *activities,
                        const nf_xpath_compiler *xpath);
void helper_close(helper_app *app);

/* Runs a nanoflow of module T; *out (may be NULL) is a copy of its result. */
nf_status helper_run(helper_app *app, const char *flow,
                     const nf_value *arguments, nf_value *out);
/* The same, expecting an Integer, a text, an error of a kind. */
void assert_integer(helper_app *app, const char *flow, int64_t expected);
void assert_text(helper_app *app, const char *flow, const char *expected);
void assert_fails(helper_app *app, const char *flow, const char *code);
const nf_program *helper_program(helper_app *app, const char *flow);
/* How often a text occurs in the events. */
int helper_count(const helper_app *app, const char *text);

#endif
