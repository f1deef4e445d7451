/* See helper_head.h. */
#include "helper_head.h"

#include <string.h>
#include <strings.h>

static char *cut_line(char **at)
{
    char *line = *at, *end = strchr(line, '\n');

    if (end)
        *end++ = '\0';
    *at = end ? end : line + strlen(line);
    return line;
}

void helper_head_read(helper_head *head, const char *text, size_t size)
{
    char *at = head->text, *line;

    if (size >= sizeof head->text)
        size = sizeof head->text - 1;
    memcpy(head->text, text, size);
    head->text[size] = '\0';
    head->count = 0;
    line = cut_line(&at);
    head->method = line;
    head->path = strchr(line, ' ');
    if (head->path)
        *head->path++ = '\0';
    else
        head->path = line + strlen(line);
    while (*at && head->count < HELPER_HEADERS) {
        char *colon;
        line = cut_line(&at);
        colon = strchr(line, ':');
        if (!colon)
            continue;
        *colon++ = '\0';
        head->names[head->count] = line;
        head->values[head->count++] = colon + strspn(colon, " ");
    }
}

static const char *find(void *user, const char *name)
{
    const helper_head *head = user;

    for (size_t i = 0; i < head->count; i++) {
        if (!strcasecmp(head->names[i], name))
            return head->values[i];
    }
    return NULL;
}

void helper_head_map(helper_head *head, nf_http_request *out,
                     nf_http_refusal *refusal)
{
    nf_http_head h = {.method = head->method,
                      .path = head->path,
                      .header = find,
                      .user = head};

    for (size_t i = 0; i < head->count; i++)
        h.size += strlen(head->names[i]) + strlen(head->values[i]) + 4;
    nf_http_read_head(out, refusal, &h);
}
