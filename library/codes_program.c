/* Codes of the program: command lines, files, the environment. */
#include "library/codes.h"

/* clang-format off */
static const nf_code_text program[] = {
    {"usage", "The command line, or a call of the library, is wrong.", "nanoflow run app.xml", "See nanoflow help COMMAND."},
    {"bad_argument", "The value of --arg does not fit the parameter.", "--arg Count=many", "Give a value of the parameter's type."},
    {"bad_option", "An option has a value that it does not take.", "--locale xx_YY_ZZ", "See nanoflow help COMMAND."},
    {"bad_binding", "A binding of --var or of a batch can't be read.", "$n=Integr:5", "Write $name=Type:value."},
    {"bad_escape", "A cell of a batch has an escape that does not exist.", "\\q", "Use \\\\ \\n \\t \\r or \\uXXXX."},
    {"bad_line", "A line of a batch has too few or too many cells.", "a line without a tab", "Write bindings<TAB>expression."},
    {"bad_data", "A line of a data file can't be read.", "{\"id\": \"a\"}, without an entity", "See the line that the message names."},
    {"bad_value", "A value of a data file does not fit its member.", "\"Count\": \"many\"", "See the line and member that the message names."},
    {"bad_mock", "The file of --mock can't be read.", "an answer without a flow", "See docs/command-line.md about mocks."},
    {"thrown", "The statement throw of a test.", "throw 'no stock';", "@throws 'no stock' expects it."},
    {"bad_test", "A test file, or a test of it, can't be understood.", "@expct $a = 1", "See the line that the message names, and docs/testing.md."},
    {"no_tests", "There is no test to run.", "nanoflow test empty-folder --app app.xml", "Name files that end with .test.mdl or .test.md."},
    {"bad_model", "The file is a model, but broken.", "a unit that ends too early", "Open and save it in Studio Pro; take a whole copy."},
    {"not_a_model", "The file or folder is no model.", "nanoflow list notes.txt", "Name an .mpr, a folder with one, an .mpk, .xml or .json."},
    {"unsupported_format", "The format or version can't be read or written.", "describe APP NAME --format pdf", "Use one that the message names."},
    {"unsupported", "This build of the program can't do it.", "serve in a build without HTTP", "Build it with what is missing."},
    {"unreadable", "A file can't be opened or read.", "a data file that does not exist", "Check the path and the rights."},
    {"unwritable", "A file can't be written.", "an export to a folder without rights", "Check the path and the rights."},
    {"write_failed", "Writing a model failed; nothing was replaced.", "a disk that is full", "Free space and try again."},
    {"busy", "Another program holds the database.", "a second nanoflow on the same file", "Wait, or set --db-wait."},
    {"constraint", "The database refused the values.", "a microflow that stores a second object with a unique code", "Choose another value."},
    {"late", "PostgreSQL refused a statement after others had followed it; the upload is undone and applied again, one statement at a time.", "a unique index made by hand refuses one of 20 new objects", "Nothing; the log tells which object is refused."},
    {"wrong_user", "The database belongs to another user, app or server.", "--user bert with anna's database", "Use a database per user."},
    {"model_changed", "The database was made by a version of the app whose changes would lose data.", "an attribute that was deleted and has unsent values", "Synchronize with the old version first."},
    {"out_of_memory", "There is not enough memory.", "a retrieve of millions of objects into a list", "Retrieve in portions."},
    {"memory_limit", "The session would need more memory than its limit allows; its values, objects, lists and flows that run count. It can't be handled.", "--limit memory=1000000 and a list of a million objects", "Retrieve in portions, or set another --limit memory=N."},
};
/* clang-format on */

const nf_code_family nf_codes_program = {
    "The program", "Errors of the command line, of files and of the machine.",
    program, sizeof program / sizeof *program};
