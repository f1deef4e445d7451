/* The oracle's rules as an app, and its data on that app's server. */
#ifndef HELPER_ORACLE_APP_H
#define HELPER_ORACLE_APP_H

#include "helper_oracle.h"

/* As XPath, in the numbers of helper_oracle.c. */
const char *oracle_constraint(oracle_entity entity, int constraint);
void oracle_app_open(oracle *oracle);

#endif
