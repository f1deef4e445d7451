/* Compiled regular expressions, kept by a session, and matching with limits: a
 * pattern comes from the model but may be built from data, so no match may run
 * away. */
#include "interpreter/regex.h"

#include "base/clock.h"
#include "interpreter/cache.h"
#include "interpreter/regex_engines.h"

#include <string.h>

enum { MATCHES_PER_LOOK = 64 };

struct nf_regex {
    nf_engine engine;
    bool whole, cached;
    char *pattern;
    size_t length;
    nf_client_regex *client;
    nf_server_regex *server;
};

void nf_regex_free(nf_regex *regex)
{
    if (!regex)
        return;
    nf_client_regex_free(regex->client);
    nf_server_regex_free(regex->server);
    nf_free(regex->pattern);
    nf_free(regex);
}

/* ---- time --------------------------------------------------------------- */

nf_status nf_regex_too_long(nf_error *err)
{
    return nf_expression_error(err, "E-REGEX",
                               "Matching the regular expression takes too "
                               "long");
}

bool nf_regex_out_of_time(nf_regex_clock *clock)
{
    int64_t now;

    if (++clock->matches % MATCHES_PER_LOOK)
        return false;
    now = nf_clock_elapsed();
    if (!clock->deadline)
        clock->deadline = now + clock->limit;
    return now > clock->deadline;
}

static nf_regex_clock new_clock(const nf_evaluator *e)
{
    uint32_t limit = e->environment->limits.regex_ms;

    return (nf_regex_clock){.limit = limit ? limit : NF_LIMIT_REGEX};
}

/* ---- compiling ---------------------------------------------------------- */

/* As the client shows it: S57, S58. */
static nf_status invalid(const nf_string *pattern, bool whole, const char *why,
                         nf_error *err)
{
    int length = (int)(pattern->length < 200 ? pattern->length
                                             : nf_utf8_cut(pattern->text, 200));

    return nf_expression_error(err, "E-REGEX",
                               "Invalid regular expression: /%s%.*s%s/%s: %s",
                               whole ? "^(" : "", length, pattern->text,
                               whole ? ")$" : "", whole ? "" : "g", why);
}

static nf_regex *find_cached(nf_function_cache *cache, nf_engine engine,
                             const nf_string *pattern, bool whole)
{
    size_t i;

    for (i = 0; cache && i < NF_CACHED_REGEXES; i++) {
        nf_regex *regex = cache->regexes[i];

        if (regex && regex->engine == engine && regex->whole == whole &&
            regex->length == pattern->length &&
            !memcmp(regex->pattern, pattern->text, pattern->length))
            return regex;
    }
    return NULL;
}

static void keep(nf_function_cache *cache, nf_regex *regex)
{
    nf_regex_free(cache->regexes[cache->next]);
    cache->regexes[cache->next] = regex;
    cache->next = (cache->next + 1) % NF_CACHED_REGEXES;
    regex->cached = true;
}

static nf_status compile(nf_regex *regex, const nf_string *pattern,
                         nf_error *err)
{
    char problem[NF_REGEX_PROBLEM_SIZE] = "";
    nf_status status;

    regex->length = pattern->length;
    regex->pattern = nf_strndup(pattern->text, pattern->length);
    if (!regex->pattern)
        return nf_error_nomem(err);
    status = regex->engine == NF_ENGINE_CLIENT
                 ? nf_client_regex_new(&regex->client, pattern, regex->whole,
                                       problem, err)
                 : nf_server_regex_new(&regex->server, pattern, regex->whole,
                                       problem, err);
    return status == NF_FAILED ? invalid(pattern, regex->whole, problem, err)
                               : status;
}

nf_status nf_regex_get(nf_regex **out, nf_evaluator *e,
                       const nf_string *pattern, bool whole, nf_error *err)
{
    nf_engine engine = e->environment->engine;
    nf_regex *regex = find_cached(e->cache, engine, pattern, whole);
    nf_status status;

    *out = regex;
    if (regex)
        return NF_OK;
    if (pattern->length > NF_REGEX_PATTERN_MAX)
        return nf_expression_error(err, "E-REGEX",
                                   "Regular expression longer than %d bytes",
                                   NF_REGEX_PATTERN_MAX);
    regex = nf_alloc(sizeof *regex);
    if (!regex)
        return nf_error_nomem(err);
    regex->engine = engine;
    regex->whole = whole;
    status = compile(regex, pattern, err);
    if (status != NF_OK) {
        nf_regex_free(regex);
        return status;
    }
    if (e->cache)
        keep(e->cache, regex);
    *out = regex;
    return NF_OK;
}

void nf_regex_done(nf_evaluator *e, nf_regex *regex)
{
    (void)e;
    if (regex && !regex->cached)
        nf_regex_free(regex);
}

/* ---- matching ----------------------------------------------------------- */

static nf_status run(nf_regex *regex, nf_regex_task *task, nf_error *err)
{
    return regex->engine == NF_ENGINE_CLIENT
               ? nf_client_regex_run(regex->client, task, err)
               : nf_server_regex_run(regex->server, task, err);
}

nf_status nf_regex_replace(nf_buffer *out, nf_evaluator *e, nf_regex *regex,
                           const nf_string *text, const nf_string *replacement,
                           bool all, nf_error *err)
{
    nf_regex_task task = {.text = text,
                          .replacement = replacement,
                          .out = out,
                          .all = all,
                          .clock = new_clock(e)};

    return run(regex, &task, err);
}

nf_status nf_regex_matches(bool *out, nf_evaluator *e, nf_regex *regex,
                           const nf_string *text, nf_error *err)
{
    nf_regex_task task = {.text = text, .clock = new_clock(e)};
    nf_status status = run(regex, &task, err);

    *out = status == NF_OK && task.matched;
    return status;
}
