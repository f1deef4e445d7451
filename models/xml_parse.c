/* See xml_parse.h. */
#include "models/xml_parse.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/icu.h"
#include "base/memory.h"
#include "models/expat.h"

enum {
    MAX_TREE = 64 << 20,
    MAX_DEPTH = 1024,
    WINDOW = 4000,        /* read at once, which is most apps … */
    MAX_WINDOW = 1 << 20, /* … up to this inside a long tag */
};

static long line_here(const nf_xml_parser *p)
{
    return (long)nf_expat()->XML_GetCurrentLineNumber(p->expat);
}

/* The line where the present tag ends: that of its last attribute, of which
 * most errors tell. */
static long line_of_end(const nf_xml_parser *p)
{
    int length = nf_expat()->XML_GetCurrentByteCount(p->expat);
    int offset = 0, size = 0;
    const char *text =
        nf_expat()->XML_GetInputContext(p->expat, &offset, &size);
    long line = line_here(p);

    if (!text || offset < 0 || length < 0 || length > size - offset)
        return line;
    for (const char *at = text + offset, *end = at + length;
         (at = memchr(at, '\n', (size_t)(end - at))); at++)
        line++;
    return line;
}

void nf_xml_stop(nf_xml_parser *p, nf_status status)
{
    if (p->stopped)
        return;
    p->stopped = true;
    p->status = status;
    nf_expat()->XML_StopParser(p->expat, XML_FALSE);
}

nf_status nf_xml_fail_here(const nf_xml_parser *p, const char *what)
{
    nf_error_set(p->err, NF_INPUT, "bad_model", "%s", what);
    nf_error_at_line(p->err, p->file, line_here(p));
    return NF_INPUT;
}

/* Counts bytes of the tree; false if they are too many, and stops. */
static bool charge(nf_xml_parser *p, size_t cost)
{
    *p->cost += cost;
    if (*p->cost > MAX_TREE)
        nf_xml_stop(p, nf_xml_fail_here(
                           p, "a unit is too large: its XML would need more "
                              "than 64 MiB in memory; use an .mpr"));
    return !p->stopped;
}

/* ---- elements and texts -------------------------------------------------- */

static void start_element(void *user, const char *name, const char **attributes)
{
    nf_xml_parser *p = user;
    size_t before = *p->cost, cost = NF_XML_ELEMENT_COST;
    nf_xml_node *node;

    if (p->stopped)
        return;
    for (size_t i = 0; attributes[i]; i += 2)
        cost += NF_XML_ATTRIBUTE_COST + strlen(attributes[i + 1]);
    if (!charge(p, cost))
        return;
    if (p->depth >= MAX_DEPTH) {
        nf_xml_stop(p, nf_xml_fail_here(p, "nested too deeply"));
        return;
    }
    node = nf_xml_add_element(p->top, name, attributes, line_of_end(p));
    if (!node) {
        nf_xml_stop(p, nf_error_nomem(p->err));
        return;
    }
    if (!p->top)
        p->root = node;
    p->top = node;
    p->depth++;
    if (p->handlers->start)
        p->handlers->start(p->user, node, before);
}

static void end_element(void *user, const char *name)
{
    nf_xml_parser *p = user;
    nf_xml_node *node = p->top, *parent;
    bool removed;

    (void)name;
    if (p->stopped)
        return;
    parent = node->parent;
    removed = p->handlers->end && p->handlers->end(p->user, node);
    if (removed && !parent)
        p->root = NULL;
    p->top = parent;
    p->depth--;
}

static void add_text(nf_xml_parser *p, const char *text, int length,
                     size_t cost)
{
    size_t size = (size_t)length;

    if (p->stopped ||
        (p->handlers->text && !p->handlers->text(p->user, text, size)) ||
        !charge(p, 2 * size + cost))
        return;
    if (!nf_xml_add_text(p->top, p->cdata ? NF_XML_CDATA : NF_XML_TEXT, text,
                         size, line_here(p)))
        nf_xml_stop(p, nf_error_nomem(p->err));
}

static void characters(void *user, const char *text, int length)
{
    add_text(user, text, length, 0);
}

static void start_cdata(void *user)
{
    nf_xml_parser *p = user;

    p->cdata = true;
    add_text(p, "", 0, NF_XML_ELEMENT_COST);
}

static void end_cdata(void *user)
{
    ((nf_xml_parser *)user)->cdata = false;
}

/* ---- what stands before the root ----------------------------------------- */

/* A document type would bring entities: refused before they are read. */
static void refuse_doctype(void *user, const char *name, const char *system,
                           const char *public, int internal)
{
    nf_xml_parser *p = user;

    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    if (!p->stopped) {
        nf_xml_stop(
            p, nf_xml_fail_here(p, "a document type (DOCTYPE) is not allowed"));
    }
}

static bool is_among(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcasecmp(name, *names) == 0)
            return true;
    return false;
}

static bool is_single_byte(const char *name)
{
    return strncasecmp(name, "ISO-8859-", 9) == 0 ||
           strncasecmp(name, "windows-125", 11) == 0;
}

/* Markup is looked for in the bytes, before expat changes them. The version is
 * nothing to expat. */
static void declaration(void *user, const char *version, const char *encoding,
                        int standalone)
{
    static const char *const known[] = {"UTF-8", "UTF8", "US-ASCII", "ASCII",
                                        NULL};
    nf_xml_parser *p = user;

    (void)standalone;
    if (p->stopped)
        return;
    if (version && (strncmp(version, "1.", 2) != 0 || !version[2] ||
                    version[2 + strspn(version + 2, "0123456789")]))
        nf_xml_stop(p, nf_xml_fail_here(p, "not well-formed XML: its version "
                                           "is not 1.0"));
    if (encoding && !is_among(encoding, known) && !is_single_byte(encoding) &&
        !p->stopped)
        nf_xml_stop(p, nf_xml_fail_here(p, "its encoding is not UTF-8"));
}

/* What ICU takes each byte for. */
static bool map_single_bytes(const char *name, XML_Encoding *info)
{
    UErrorCode code = U_ZERO_ERROR;
    UConverter *converter = nf_icu()->ucnv_open(name, &code);

    for (int i = 0; i < 256 && U_SUCCESS(code); i++) {
        char byte = (char)i;
        UChar out[4] = {0};

        nf_icu()->ucnv_toUChars(converter, out, 4, &byte, 1, &code);
        info->map[i] = out[0] == 0xfffd || (!out[0] && i) ? -1 : out[0];
    }
    if (converter)
        nf_icu()->ucnv_close(converter);
    return U_SUCCESS(code);
}

static int unknown_encoding(void *user, const char *name, XML_Encoding *info)
{
    nf_xml_parser *p = user;
    bool ascii = strcasecmp(name, "ASCII") == 0;
    bool found = ascii || is_single_byte(name);

    info->convert = NULL;
    info->release = NULL;
    info->data = NULL;
    for (int i = 0; ascii && i < 256; i++)
        info->map[i] = i < 0x80 ? i : -1;
    if (!ascii && found && !nf_icu_room(0)) {
        nf_xml_stop(p, nf_error_nomem(p->err));
        return XML_STATUS_ERROR;
    }
    if (!ascii && found)
        found = map_single_bytes(name, info);
    p->bad_encoding = !found;
    return found ? XML_STATUS_OK : XML_STATUS_ERROR;
}

/* UTF-8 under a name that expat does not know. What it asks us for are
 * encodings without characters above U+FFFF, so it is told beforehand. */
static bool is_called_utf8(const char *text, size_t length)
{
    const char *end = memchr(text, '>', length);
    const char *at = text, *name = "encoding";

    if (!end || length < 5 || memcmp(text, "<?xml", 5) != 0)
        return false;
    at = memmem(text, (size_t)(end - text), name, strlen(name));
    if (!at)
        return false;
    for (at += strlen(name); at < end && strchr(" \t\r\n=\"'", *at) && *at;)
        at++;
    return end - at > 4 && strncasecmp(at, "utf8", 4) == 0 &&
           (at[4] == '"' || at[4] == '\'');
}

/* ---- a document ---------------------------------------------------------- */

static nf_status not_well_formed(const nf_xml_parser *p)
{
    enum XML_Error code = nf_expat()->XML_GetErrorCode(p->expat);
    const char *text = nf_expat()->XML_ErrorString(code);

    if (code == XML_ERROR_NO_MEMORY)
        return nf_error_nomem(p->err);
    if (p->bad_encoding)
        return nf_xml_fail_here(p, "its encoding is not UTF-8");
    nf_error_set(p->err, NF_INPUT, "bad_model", "not well-formed XML: %s",
                 text ? text : "it is not complete");
    nf_error_at_line(p->err, p->file, line_here(p));
    return NF_INPUT;
}

/* expat begins a tag that is not complete anew with each piece: so pieces grow
 * with the tag, and reading stays linear. */
static size_t window(const nf_xml_parser *p)
{
    size_t waiting = p->handlers->waiting ? p->handlers->waiting(p->user) : 0;

    if (waiting < WINDOW)
        return WINDOW;
    return waiting < MAX_WINDOW ? waiting : MAX_WINDOW;
}

static nf_status parse(nf_xml_parser *p)
{
    const nf_expat_functions *expat = nf_expat();
    long got = 1;
    bool good;

    while (got > 0) {
        size_t size = window(p);
        char *buffer = expat->XML_GetBuffer(p->expat, (int)size);

        if (!buffer)
            return nf_error_nomem(p->err);
        got = p->handlers->read(p->user, buffer, size);
        if (got < 0)
            return NF_INPUT;
        if (!p->begun && is_called_utf8(buffer, (size_t)got))
            expat->XML_SetEncoding(p->expat, "UTF-8");
        p->begun = true;
        good = expat->XML_ParseBuffer(p->expat, (int)got, got == 0) ==
               XML_STATUS_OK;
        if (p->stopped)
            return p->status;
        if (!good)
            return not_well_formed(p);
    }
    return NF_OK;
}

static void set_handlers(nf_xml_parser *p)
{
    const nf_expat_functions *expat = nf_expat();

    expat->XML_SetUserData(p->expat, p);
    expat->XML_SetElementHandler(p->expat, start_element, end_element);
    expat->XML_SetCharacterDataHandler(p->expat, characters);
    expat->XML_SetCdataSectionHandler(p->expat, start_cdata, end_cdata);
    expat->XML_SetStartDoctypeDeclHandler(p->expat, refuse_doctype);
    expat->XML_SetXmlDeclHandler(p->expat, declaration);
    expat->XML_SetUnknownEncodingHandler(p->expat, unknown_encoding, p);
}

static void *take(size_t size)
{
    return nf_alloc_raw(size ? size : 1);
}

static void *resize(void *old, size_t size)
{
    return nf_realloc_array(old, size ? size : 1, 1);
}

nf_status nf_xml_parser_run(nf_xml_parser *p)
{
    static const XML_Memory_Handling_Suite memory = {take, resize, nf_free};
    static const char separator[] = {NF_XML_SEPARATOR, '\0'};
    nf_status status;

    if (nf_expat_room())
        p->expat = nf_expat()->XML_ParserCreate_MM(NULL, &memory, separator);
    if (!p->expat)
        return nf_error_nomem(p->err);
    set_handlers(p);
    status = parse(p);
    nf_expat()->XML_ParserFree(p->expat);
    p->expat = NULL;
    return status;
}
