/* Nanoflows that people made and that need no JavaScript run to their end.
 * The table names the app's file, the flow, the objects to pass (parameter and
 * entity) and what comes back. An app that is not there is passed over. */
#include "corpus/corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct row {
    const char *app, *flow;
    const char *parameter, *entity; /* NULL: no argument */
    const char *result;             /* kind of the result; NULL: none */
    size_t length;                  /* of a list */
} row;

#define NATIVE "NativeComponentsTestProject.mpr"
/* clang-format off */
static const row rows[] = {
    {"accordion-web.mpr", "MyFirstModule.CreateAccGroupState", NULL, NULL, "Object", 0},
    {"accordion-web.mpr", "MyFirstModule.ToggleAccGroupState", "AccGroupState", "MyFirstModule.AccGroupState", NULL, 0},
    {"image-viewer-web.mpr", "ImageViewer.IVK_Nanoflow", "ImageView", "ImageViewer.ImageView", NULL, 0},
    {"range-slider-web.mpr", "RangeSlider.ACT_afterSlideInterval_Nanoflow", "Range", "RangeSlider.Range", NULL, 0},
    {"App.mpr", "Atlas_Web_Content.DS_LoginContext", NULL, NULL, "Object", 0},
    {NATIVE, "Accordion.NF_CreateDynamic", NULL, NULL, "Object", 0},
    {NATIVE, "Accordion.NF_OnChange", NULL, NULL, NULL, 0},
    {NATIVE, "ActivityIndicator.ACT_ActivityIndicatorPageOpen", NULL, NULL, NULL, 0},
    {NATIVE, "Animation.ACT_Animate", "Animation", "Animation.Animation", NULL, 0},
    {NATIVE, "Animation.ACT_Deanimate", "Animation", "Animation.Animation", NULL, 0},
    {NATIVE, "AppEvents.OnLoad", NULL, NULL, NULL, 0},
    {NATIVE, "AppEvents.OnResume", NULL, NULL, NULL, 0},
    {NATIVE, "Badge.ACT_BadgePageOpen", NULL, NULL, NULL, 0},
    {NATIVE, "BottomSheet.ACT_Close", "BottomDrawer", "BottomSheet.BottomDrawer", NULL, 0},
    {NATIVE, "BottomSheet.ACT_Open", "BottomDrawer", "BottomSheet.BottomDrawer", NULL, 0},
    {NATIVE, "Carousel.NF_CreateData", NULL, NULL, "List", 3},
    {NATIVE, "Carousel.NF_Alert", "Images", "Carousel.Images", NULL, 0},
    {NATIVE, "ColorPicker.ACT_ColorPickerValues", NULL, NULL, "Object", 0},
    {NATIVE, "ColumnChart.NF_ColumnChart_CreateData_Series1", NULL, NULL, "List", 6},
    {NATIVE, "Gallery.DS_GalleryItems", NULL, NULL, "List", 21},
    {NATIVE, "Gallery.ACT_OnClickItem", "Items", "Gallery.Items", NULL, 0},
    {NATIVE, "IntroScreen.NF_ChangeSlide", "IntroScreen", "IntroScreen.IntroScreen", NULL, 0},
    {NATIVE, "IntroScreen.NF_Setup", NULL, NULL, "Object", 0},
    {NATIVE, "ListViewSwipe.ACT_Delete", "Meal", "ListViewSwipe.Meal", NULL, 0},
    {NATIVE, "ListViewSwipe.ACT_ListViewSwipePageOpen", NULL, NULL, NULL, 0},
    {NATIVE, "ListViewSwipe.ACT_MakeItFavorite", "Meal", "ListViewSwipe.Meal", NULL, 0},
    {NATIVE, "Maps.DS_DynamicMarkers", NULL, NULL, "List", 2},
    {NATIVE, "Maps.DS_StaticMarkers", NULL, NULL, NULL, 0},
    {NATIVE, "NanoflowCommons_Tests.CreateAndShowMain", NULL, NULL, NULL, 0},
    {NATIVE, "NanoflowCommons_Tests.DS_Login", NULL, NULL, "Object", 0},
    {NATIVE, "PieDoughnutChart.ACT_Create_Xaxis_Enum_Yaxis_Decimal_NPE", NULL, NULL, "List", 3},
    {NATIVE, "PieDoughnutChart.ACT_Create_Xaxis_String_Yaxis_Integer", NULL, NULL, NULL, 0},
    {NATIVE, "PopupMenu.Log", NULL, NULL, NULL, 0},
    {NATIVE, "PopupMenu.Nanoflow", NULL, NULL, "List", 1},
    {NATIVE, "ProgressBar.DS_ProgressBar", NULL, NULL, "Object", 0},
    {NATIVE, "RadioButtons.ACT_RadioButtonHome_SubmitForm", "Cars", "RadioButtons.Cars", NULL, 0},
    {NATIVE, "Repeater.DS_Repeater", NULL, NULL, "List", 2},
    {NATIVE, "SafeAreaView.GenerateList", NULL, NULL, "List", 101},
    {NATIVE, "Slider.DSS_NoContext", NULL, NULL, "Empty", 0},
    {NATIVE, "Slider.OCH_Slider", "Slider", "Slider.Slider", NULL, 0},
    {NATIVE, "WebView.NF_ChangeToValidURL", "WebView", "WebView.WebView", NULL, 0},
    {NATIVE, "WebView.NF_GetHTML", NULL, NULL, "Object", 0},
};
/* clang-format on */

static const char *find_app(const corpus_files *files, const char *name)
{
    for (size_t i = 0; i < files->count; i++) {
        const char *slash = strrchr(files->paths[i], '/');
        if (!strcmp(slash ? slash + 1 : files->paths[i], name))
            return files->paths[i];
    }
    return NULL;
}

static bool result_fits(const row *r, const nf_value *result)
{
    if (!r->result)
        return !result;
    if (!result || strcmp(nf_value_kind_name(result), r->result) != 0)
        return false;
    return strcmp(r->result, "List") != 0 ||
           nf_list_length(nf_value_as_list(result)) == r->length;
}

static void print_result(const row *r, const nf_value *result)
{
    printf("%s: expected %s %zu, found %s", r->flow,
           r->result ? r->result : "no result", r->length,
           result ? nf_value_kind_name(result) : "no result");
    if (result && nf_value_as_list(result))
        printf(" %zu", nf_list_length(nf_value_as_list(result)));
    printf("\n");
}

/* One flow in a session of its own. */
static bool run_row(const nf_app *app, const row *r)
{
    nf_session_options options = NF_SESSION_OPTIONS_INIT;
    nf_error *err = nf_error_new();
    nf_session *session = NULL;
    nf_object *object = NULL;
    nf_value *value = NULL, *result = NULL;
    options.now = "2026-03-02T09:00:00Z";
    options.seeded = true;
    options.seed = 1;
    nf_status status = nf_session_new(&session, app, &options, err);
    if (status == NF_OK && r->entity) {
        status = nf_session_create(&object, session, r->entity, err);
        if (status == NF_OK)
            value = nf_value_new_object(object);
    }
    nf_argument argument = {r->parameter, value};
    if (status == NF_OK)
        status = nf_session_call(&result, session, r->flow, &argument,
                                 r->entity ? 1 : 0, err);
    bool good = status == NF_OK && result_fits(r, result);
    if (status != NF_OK) {
        char *text = nf_error_print(err);
        printf("%s: %s\n", r->flow, text ? text : "out of memory");
        nf_text_free(text);
    } else if (!good) {
        print_result(r, result);
    }
    nf_value_free(result);
    nf_value_free(value);
    nf_object_free(object);
    nf_session_free(session);
    nf_error_free(err);
    return good;
}

int corpus_flows(const corpus_files *files)
{
    size_t count = sizeof rows / sizeof *rows, good = 0, tried = 0;
    const char *open = NULL;
    nf_app *app = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *path = find_app(files, rows[i].app);
        if (!path)
            continue;
        if (!open || strcmp(open, path) != 0) {
            nf_error *err = nf_error_new();
            nf_app_close(app);
            open = path;
            if (nf_app_open(&app, path, err) != NF_OK)
                printf("%s: %s\n", path, nf_error_text(err, NF_ERROR_MESSAGE));
            nf_error_free(err);
        }
        tried++;
        good += app && run_row(app, &rows[i]);
    }
    nf_app_close(app);
    printf("%zu of %zu nanoflows ran to their end\n", good, tried);
    return (int)(tried - good);
}
