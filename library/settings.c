/* Settings of a session that a host names by text: "sync.merge=…". */
#include "library/session.h"

typedef struct setting {
    const char *name;
    const char *off, *on; /* its two values; the first is the default */
    size_t offset;        /* in nf_session_settings */
    const char *meaning;
} setting;

static const setting settings[] = {
    {"sync.concurrent", "lock", "rebase", offsetof(nf_session_settings, rebase),
     "objects that are being synchronized: lock refuses to commit or delete "
     "them (COMMIT_LOCKED); rebase lets the later change stay to be sent"},
    {"sync.keep-rejected", "false", "true",
     offsetof(nf_session_settings, keep_rejected),
     "a new object that the server rejects: false removes it; true keeps it to "
     "be sent again"},
    {"sync.merge", "object", "changed-members",
     offsetof(nf_session_settings, merge),
     "what a changed object overwrites on the server: object all members; "
     "changed-members those that were changed"},
};
enum { SETTINGS = sizeof settings / sizeof *settings };

const char *nf_setting_name(size_t index, const char **meaning)
{
    if (meaning)
        *meaning = index < SETTINGS ? settings[index].meaning : NULL;
    return index < SETTINGS ? settings[index].name : NULL;
}

static const setting *find(const char *text, size_t length)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (strlen(settings[i].name) == length &&
            memcmp(settings[i].name, text, length) == 0)
            return &settings[i];
    return NULL;
}

nf_status nf_settings_read(nf_session_settings *out, const char *const *texts,
                           size_t count, nf_error *err)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = strcspn(texts[i], "=");
        const setting *known = find(texts[i], length);
        const char *value = texts[i] + length + (texts[i][length] == '=');
        if (!known)
            return nf_error_set(err, NF_USAGE, "bad_option",
                                "a setting is sync.concurrent, "
                                "sync.keep-rejected or sync.merge with a "
                                "value, not \"%s\"",
                                texts[i]);
        bool on = strcmp(value, known->on) == 0;
        if (!on && strcmp(value, known->off) != 0)
            return nf_error_set(err, NF_USAGE, "bad_option",
                                "the setting %s is %s or %s, not \"%s\"",
                                known->name, known->off, known->on, value);
        memcpy((char *)out + known->offset, &on, sizeof on);
    }
    return NF_OK;
}
