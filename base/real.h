/* Doubles as text in the C locale, whatever locale the host has set. */
#ifndef NF_BASE_REAL_H
#define NF_BASE_REAL_H

#include <stdbool.h>

enum { NF_REAL_TEXT = 32 };
/* The shortest of 15 to 17 digits that reads as the same bits ("inf", "nan",
 * "-0" are texts, too); false for a NaN of unusual bits, or without memory. */
bool nf_real_print(char text[NF_REAL_TEXT], double value);
/* Reads the whole text; false if it is no number, or without memory. */
bool nf_real_parse(double *out, const char *text);

#endif
