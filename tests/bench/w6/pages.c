/* Pages, layouts, snippets and images of the app of W6: trees of widgets with
 * the keys of real ones. They are built as elements, since the XML form has no
 * names for them. */
#include "app.h"

#include <stdio.h>
#include <string.h>

enum {
    MAX_KEYS = 24,
    MAX_ITEMS = 6,
    IMAGE_EVERY = 40, /* one document of so many holds images */
    IMAGES = 9,
    IMAGE_SIZE = 9300
};

typedef struct painter {
    nf_arena *arena;
    w6_random *random;
    bool failed; /* no memory */
} painter;

/* An element under construction; keys are added in the order of MF-E5. */
typedef struct draft {
    nf_property items[MAX_KEYS];
    size_t count;
} draft;

static nf_guid draw_guid(painter *p)
{
    nf_guid guid;

    for (size_t i = 0; i < sizeof guid.bytes; i++)
        guid.bytes[i] = (uint8_t)w6_pick(p->random, 256);
    return guid;
}

static nf_property *add(draft *d, const char *name, nf_property_kind kind)
{
    nf_property *property = &d->items[d->count++];

    memset(property, 0, sizeof *property);
    property->name = name;
    property->kind = kind;
    return property;
}

static void text(draft *d, const char *name, const char *value)
{
    nf_property *property = add(d, name, NF_PROPERTY_STRING);

    property->as.string.text = value;
    property->as.string.length = strlen(value);
}

static void boolean(draft *d, const char *name, bool value)
{
    add(d, name, NF_PROPERTY_BOOLEAN)->as.boolean = value;
}

static void integer(draft *d, const char *name, int64_t value)
{
    add(d, name, NF_PROPERTY_INT64)->as.integer = value;
}

static void part(draft *d, const char *name, const nf_element *value)
{
    add(d, name, value ? NF_PROPERTY_ELEMENT : NF_PROPERTY_NULL)->as.element =
        value;
}

static void list(painter *p, draft *d, const char *name, int marker,
                 const nf_element *const *items, size_t count)
{
    nf_property *property = add(d, name, NF_PROPERTY_LIST);
    nf_property *copies = nf_arena_array(p->arena, count, sizeof *copies);

    p->failed = p->failed || !copies;
    property->as.list.marker = marker;
    property->as.list.items = copies;
    property->as.list.count = copies ? count : 0;
    for (size_t i = 0; i < property->as.list.count; i++) {
        copies[i].name = "";
        copies[i].kind = NF_PROPERTY_ELEMENT;
        copies[i].as.element = items[i];
    }
}

static const nf_element *finish(painter *p, const draft *d, const char *type)
{
    nf_element *element = nf_arena_alloc(p->arena, sizeof *element);
    nf_property *copies = nf_arena_array(p->arena, d->count, sizeof *copies);

    if (!element || !copies) {
        p->failed = true;
        return NULL;
    }
    memcpy(copies, d->items, d->count * sizeof *copies);
    element->id = draw_guid(p);
    element->type = type;
    element->properties = copies;
    element->count = d->count;
    return element;
}

static const char *numbered(painter *p, const char *stem)
{
    const char *made =
        nf_arena_format(p->arena, "%s%u", stem, w6_pick(p->random, 100000));

    p->failed = p->failed || !made;
    return made ? made : "";
}

/* ---- widgets ------------------------------------------------------------- */

static const nf_element *appearance(painter *p)
{
    draft d = {.count = 0};

    text(&d, "Class", w6_pick(p->random, 2) ? "" : "spacing-outer-bottom");
    list(p, &d, "DesignProperties", 3, NULL, 0);
    text(&d, "DynamicClasses", "");
    text(&d, "Style", "");
    return finish(p, &d, "Forms$Appearance");
}

static const nf_element *caption(painter *p)
{
    const nf_element *items[1];
    draft one = {.count = 0}, all = {.count = 0}, template = {.count = 0};

    text(&one, "LanguageCode", "en_US");
    text(&one, "Text", numbered(p, "What the user reads, number "));
    items[0] = finish(p, &one, "Texts$Translation");
    list(p, &all, "Items", 3, items, 1);
    part(&template, "Fallback", NULL);
    list(p, &template, "Parameters", 2, NULL, 0);
    part(&template, "Template", finish(p, &all, "Texts$Text"));
    return finish(p, &template, "Forms$ClientTemplate");
}

static const nf_element *dynamic_text(painter *p)
{
    draft d = {.count = 0};

    part(&d, "Appearance", appearance(p));
    part(&d, "ConditionalVisibilitySettings", NULL);
    part(&d, "Content", caption(p));
    text(&d, "Name", numbered(p, "text"));
    text(&d, "NativeTextStyle", "Text");
    text(&d, "RenderMode", "Paragraph");
    integer(&d, "TabIndex", 0);
    return finish(p, &d, "Forms$DynamicText");
}

static const nf_element *widget_value(painter *p)
{
    draft d = {.count = 0}, action = {.count = 0};

    boolean(&action, "DisabledDuringExecution", true);
    part(&d, "Action", finish(p, &action, "Forms$NoAction"));
    part(&d, "AttributeRef", NULL);
    part(&d, "DataSource", NULL);
    text(&d, "EntityRef", "");
    text(&d, "Expression", w6_pick(p->random, 3) ? "" : "$currentObject != empty");
    text(&d, "Form", "");
    text(&d, "Icon", "");
    text(&d, "Image", "");
    text(&d, "Microflow", "");
    text(&d, "Nanoflow", "");
    list(p, &d, "Objects", 2, NULL, 0);
    text(&d, "PrimitiveValue", w6_pick(p->random, 2) ? "false" : "auto");
    text(&d, "Selection", "None");
    add(&d, "TypePointer", NF_PROPERTY_GUID)->as.guid = draw_guid(p);
    list(p, &d, "Widgets", 2, NULL, 0);
    text(&d, "XPathConstraint", "");
    return finish(p, &d, "CustomWidgets$WidgetValue");
}

static const nf_element *custom_widget(painter *p)
{
    const nf_element *properties[MAX_ITEMS];
    size_t count = 2 + w6_pick(p->random, MAX_ITEMS - 1);
    draft d = {.count = 0}, object = {.count = 0};

    for (size_t i = 0; i < count; i++) {
        draft one = {.count = 0};

        add(&one, "TypePointer", NF_PROPERTY_GUID)->as.guid = draw_guid(p);
        part(&one, "Value", widget_value(p));
        properties[i] = finish(p, &one, "CustomWidgets$WidgetProperty");
    }
    list(p, &object, "Properties", 2, properties, count);
    part(&d, "Appearance", appearance(p));
    part(&d, "ConditionalVisibilitySettings", NULL);
    text(&d, "Editable", "Always");
    part(&d, "LabelTemplate", caption(p));
    text(&d, "Name", numbered(p, "widget"));
    part(&d, "Object", finish(p, &object, "CustomWidgets$WidgetObject"));
    integer(&d, "TabIndex", 0);
    return finish(p, &d, "CustomWidgets$CustomWidget");
}

/* A container with widgets, `depth` levels of them. */
static const nf_element *container(painter *p, int depth)
{
    const nf_element *items[MAX_ITEMS];
    size_t count = 2 + w6_pick(p->random, MAX_ITEMS - 1);
    draft d = {.count = 0};

    for (size_t i = 0; i < count; i++)
        items[i] = depth > 0 && w6_pick(p->random, 4)
                       ? container(p, depth - 1)
                   : w6_pick(p->random, 2) ? custom_widget(p)
                                           : dynamic_text(p);
    part(&d, "Appearance", appearance(p));
    part(&d, "ConditionalVisibilitySettings", NULL);
    text(&d, "Name", numbered(p, "container"));
    part(&d, "NativeAccessibilitySettings", NULL);
    text(&d, "RenderMode", "Div");
    boolean(&d, "ScreenReaderHidden", false);
    integer(&d, "TabIndex", 0);
    list(p, &d, "Widgets", 2, items, count);
    return finish(p, &d, "Forms$DivContainer");
}

/* ---- documents ----------------------------------------------------------- */

static const nf_element *page(painter *p, const char *name, const char *type)
{
    const nf_element *widgets[1] = {
        container(p, (int)w6_pick(p->random, 3))};
    const nf_element *arguments[1];
    draft d = {.count = 0}, call = {.count = 0}, argument = {.count = 0};

    text(&argument, "Parameter", "Atlas_Core.Phone_Default.Main");
    list(p, &argument, "Widgets", 2, widgets, 1);
    arguments[0] = finish(p, &argument, "Forms$FormCallArgument");
    list(p, &call, "Arguments", 2, arguments, 1);
    text(&call, "Form", "Atlas_Core.Phone_Default");
    list(p, &d, "AllowedModuleRoles", 1, NULL, 0);
    part(&d, "Appearance", appearance(p));
    integer(&d, "CanvasHeight", 600);
    integer(&d, "CanvasWidth", 800);
    text(&d, "Documentation", "");
    boolean(&d, "Excluded", false);
    text(&d, "ExportLevel", "Hidden");
    part(&d, "FormCall", finish(p, &call, "Forms$LayoutCall"));
    boolean(&d, "MarkAsUsed", false);
    text(&d, "Name", name);
    list(p, &d, "Parameters", 3, NULL, 0);
    text(&d, "PopupCloseAction", "");
    part(&d, "Title", caption(p));
    text(&d, "Url", "");
    list(p, &d, "Variables", 3, NULL, 0);
    return finish(p, &d, type);
}

static const nf_element *images(painter *p, const char *name)
{
    const nf_element *items[IMAGES];
    draft d = {.count = 0};

    for (size_t i = 0; i < IMAGES; i++) {
        size_t size = 1000 + w6_pick(p->random, 2 * IMAGE_SIZE);
        uint8_t *bytes = nf_arena_alloc(p->arena, size);
        draft one = {.count = 0};
        nf_property *picture = add(&one, "Image", NF_PROPERTY_BINARY);

        p->failed = p->failed || !bytes;
        if (bytes)
            memset(bytes, (int)w6_pick(p->random, 256), size);
        picture->as.binary.bytes = bytes;
        picture->as.binary.length = bytes ? size : 0;
        text(&one, "Name", numbered(p, "image"));
        items[i] = finish(p, &one, "Images$Image");
    }
    text(&d, "Documentation", "");
    boolean(&d, "Excluded", false);
    text(&d, "ExportLevel", "Hidden");
    list(p, &d, "Images", 3, items, IMAGES);
    text(&d, "Name", name);
    return finish(p, &d, "Images$ImageCollection");
}

static const nf_element *document(painter *p, size_t index)
{
    static const char *const types[] = {"Forms$Page", "Forms$Page",
                                        "Forms$Page", "Forms$PageTemplate",
                                        "Forms$Snippet"};
    char name[32];
    const char *copy;

    snprintf(name, sizeof name, "Document%zu", index);
    copy = nf_arena_strdup(p->arena, name);
    p->failed = p->failed || !copy;
    if (!copy)
        return NULL;
    return index % IMAGE_EVERY == 0
               ? images(p, copy)
               : page(p, copy, types[index % (sizeof types / sizeof *types)]);
}

/* The folders "Pages", in turn. */
static const nf_unit *next_folder(const nf_container *app, size_t *cursor)
{
    for (;;) {
        const nf_unit *unit = app->units[(*cursor)++ % app->count];

        if (strcmp(unit->type, "Projects$Folder") == 0 &&
            strcmp(unit->name, "Pages") == 0)
            return unit;
    }
}

nf_status w6_add_pages(nf_container *app, w6_random *random, nf_error *err)
{
    painter p = {.arena = app->arena, .random = random};
    size_t cursor = 0;

    for (size_t i = 0; app->count < W6_UNITS; i++) {
        const nf_unit *folder = next_folder(app, &cursor);
        const nf_element *element = document(&p, i);
        nf_unit *unit = p.failed ? NULL : nf_container_add(app, err);

        if (!unit)
            return nf_error_nomem(err);
        unit->id = element->id;
        unit->container_id = folder->id;
        unit->containment = "Documents";
        unit->type = element->type;
        atomic_store(&unit->element, element);
    }
    return NF_OK;
}
