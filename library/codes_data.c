/* Codes of constraints (xpath Q160), of what `check` says about offline use
 * (synchronize 2.3), and of synchronization (synchronize S126, S128). */
#include "library/codes.h"

/* clang-format off */
static const nf_code_text constraints[] = {
    {"SYNTAX", "The constraint does not follow the grammar at this place.", "[Name = ]", "Write [Attribute = value]; close brackets and quotes."},
    {"TYPE", "The operands can't be compared, or what stands alone is no condition.", "[Number = 'abc']", "Compare values of one type; an enumeration with a key of its own."},
    {"UNKNOWN_MEMBER", "The entity has no such attribute or association.", "[Nme = 'A']", "Correct the name; associations need their module."},
    {"PATH_MISMATCH", "The steps of a path do not follow each other: association, entity, association …, attribute.", "[Shop.Order_Customer/Name = 'A']", "Name the entity between: Shop.Order_Customer/Shop.Customer/Name."},
    {"UNKNOWN_FUNCTION", "XPath has no such function; those of expressions are not XPath.", "[toLowerCase(Name) = 'a']", "Use contains, starts-with, ends-with, length, not or a date function."},
    {"JAVA_ONLY", "Aggregates exist in queries of Java code only.", "[count(Shop.Order_Line) > 3]", "Count in an activity."},
    {"UNKNOWN_TOKEN", "There is no such token, or no such user role.", "[Date > '[%Now%]']", "Use '[%CurrentDateTime%]'."},
    {"UNKNOWN_VARIABLE", "There is no such variable here.", "[Name = $Nme]", "Correct the name."},
    {"VARIABLE_PATH", "A variable may be followed by one member only.", "[Name = $Order/Shop.Order_Customer/Shop.Customer/Name]", "Retrieve the object into a variable of its own first."},
    {"REVERSED", "reversed() is for an association of an entity with itself, directly behind it.", "[Shop.Order_Customer[reversed()]/Shop.Customer]", "Leave it out."},
    {"ARITHMETIC", "Calculations are not allowed here.", "[Total > $Limit * 2]", "Calculate into a variable first."},
    {"EMPTY_ON_ASSOCIATION", "Associations can't be compared with empty.", "[Shop.Order_Customer = empty]", "Write [not(Shop.Order_Customer/Shop.Customer)]."},
    {"NOT_FILTERABLE", "Calculated, binary and hashed attributes can't be used in constraints.", "[Password = 'x']", "Compare in an activity."},
    {"NOT_SORTABLE", "Objects can't be sorted by this attribute.", "sorting by a calculated attribute", "Sort the list in an activity."},
    {"NOT_PERSISTABLE", "The entity has no rows in a database.", "a constraint on a non-persistable entity", "Use a persistable entity, or filter a list."},
    {"OFFLINE_DATE_FUNCTION", "Retrieves of nanoflows have no date functions.", "[year-from-dateTime(Date) = 2024]", "Compare the date with the begin and the end of the period."},
    {"OFFLINE_ROLE_TOKEN", "Retrieves of nanoflows have no tokens of user roles.", "[Shop.Order_Role = '[%UserRole_Admin%]']", "Leave it to access rules on the server."},
    {"OFFLINE_TOKEN_ARITHMETIC", "Retrieves of nanoflows do not calculate with tokens.", "[Date > '[%CurrentDateTime%] - 3 * [%DayLength%]']", "Calculate into a variable: addDays([%CurrentDateTime%], -3)."},
    {"OFFLINE_ASSOCIATION_PATH", "Retrieves of nanoflows do not follow associations.", "[Shop.Order_Customer/Shop.Customer/Name = 'A']", "Retrieve the customer first and compare [Shop.Order_Customer = $Customer]."},
    {"OFFLINE_MEMBER", "This member is not available offline: system members, reference sets, AutoNumbers of older versions.", "[createdDate > $Date]", "Keep a copy in an attribute of your own."},
};

static const nf_code_text offline[] = {
    {"DELETE_BEHAVIOR_OFFLINE", "An association of offline entities has a delete behaviour other than keeping associated objects; on the device they are kept all the same.",
     "Delete object $Order, where its lines are to be deleted, too", "Set the association to keep, or delete on the server."},
    {"DELETE_NPE_OFFLINE", "Offline nanoflows can't delete non-persistable objects.", "Delete object $Filter", "Leave it out: they vanish when nothing refers to them."},
    {"NPE_NEEDS_SERVER", "Only the server can create such objects: the entity has event handlers, or attributes that are calculated or read-only.", "Create Shop.Quote, which has an after-create handler, without a connection", "Try again when the server can be reached."},
    {"SYNC_CONFIGURATION", "The offline configuration contradicts itself: an entity with the mode Never has files, or is connected with one of another mode.", "Draft: Never, associated with Order: All objects", "Give both the same mode, or take the association away."},
    {"SYNC_ENTITY", "Objects of this entity can't be synchronized or cleared: it is not persistable, or online everywhere.", "Synchronize $Filter, a non-persistable object", "Take it out of the selection."},
    {"SYNC_NOT_OFFLINE", "Synchronize is for offline profiles, and this one is not, or the app has none.", "a nanoflow of a web app with Synchronize", "Add an offline profile."},
    {"SYNC_MIXED_HIERARCHY", "An entity is retrieved some of whose specializations are online and some on the device.", "Retrieve Vehicle, where Car is online", "Give the hierarchy one mode, or retrieve a specialization."},
    {"SYNC_XPATH_BORDER", "A constraint follows an association between an entity on the device and an online one.", "[Shop.Order_Price/Shop.Price/Net > 3], where Price is online", "Compare the association with a variable."},
    {"SYNC_HIERARCHY", "Several entities of one hierarchy are configured for offline use; Mendix allows one.", "Vehicle and Car both All objects", "Configure one of them."},
    {"SYNC_REFERENCE_SET", "Mendix does not support reference sets between offline entities; they work here.", "Order_Tags, a reference set", "Use an entity between the two."},
    {"SYNC_SERVER_VALUE", "A new object has an AutoNumber or a calculated attribute; it gets its value at the first synchronization.", "Create Order, whose Number is an AutoNumber", "Do not show it before it was synchronized."},
    {"SYNC_DANGLING", "A selected object refers to a new object that is not selected: the server rejects it as long as it does not know the other. As an outcome see OBJ_DANGLING.", "Synchronize $Line, whose $Order was just created", "Select both."},
    {"SYNC_ACCESS_XPATH", "Access rules with constraints are evaluated on the server only; on the device the rights of the last download count.", "an access rule [System.owner = '[%CurrentUser%]']", "Nothing, if that is meant."},
    {"model", "The app could be read, but something in it could not or looks wrong.", "a unit whose file is missing", "Look at the message."},
};

static const nf_code_text synchronize[] = {
    {"SYNC_BUSY", "A synchronization is running already.", "two Synchronize activities at once", "Wait for the first; handle the error."},
    {"COMMIT_LOCKED", "The object takes part in a synchronization that is running.", "Commit $Order while it is sent", "Commit again when it has ended."},
    {"SYNC_NETWORK", "The server can't be reached.", "no connection", "Try again later; nothing is lost."},
    {"SYNC_SERVER", "The server failed.", "its disk is full", "Look at the server's log; try again."},
    {"SYNC_AUTH", "The name, the password or the token is wrong, or the user is blocked.", "a password that was changed", "Sign in again."},
    {"SYNC_NO_SESSION", "Nobody is signed in at the server.", "--server https://… without --user", "Sign in, or allow anonymous users."},
    {"SYNC_MODEL", "The server's app is another one, or too different.", "a device with another app", "Install the version that the server has."},
    {"SYNC_VERSION", "Device and server speak different versions of the protocol.", "an old program", "Update the older one."},
    {"SYNC_PROTOCOL", "What came is not what was expected; nothing was applied.", "a proxy that changes replies", "Try again; the data are fetched anew."},
    {"SYNC_LIMIT", "Something is larger than the limits allow, or takes the server more time or memory.", "an object of more than 8 MiB", "Make it smaller; use files for contents."},
    {"SYNC_PARTIAL", "The synchronization is complete, but the server refused some objects.", "an order that another user deleted", "Look at System.SynchronizationError on the server."},
    {"SYNC_CANCELLED", "The synchronization was cancelled; nothing was applied.", "Cancel synchronization", "Start it again."},
    {"SYNC_LOCAL_STORAGE", "The device's database or folder can't be written.", "a disk that is full", "Free space and try again."},
    {"SYNC_FILE_UPLOAD", "The contents of a file could not be sent.", "a photo whose file is gone", "Try again; the object waits for it."},
    {"SYNC_FILE_DOWNLOAD", "The contents of a file could not be fetched.", "a broken connection", "The next synchronization asks for it again."},
    {"gone", "What a device asks the server for is no longer there.", "a result after ten minutes without a request", "Synchronize again."},
    {"too_many_tries", "Too many failed sign-ins: this name or address has to wait.", "a wrong password in a script", "Wait as long as the reply says."},
    {"state_moved", "Another request of the device has gone on meanwhile.", "two programs with one database", "Use one program at a time."},
    {"wrong_offset", "A part of a transfer does not continue where the last one ended.", "a repeated part", "The device asks for the offset and goes on."},
    {"disk_full", "There is no room for a content on the server.", "a video on a disk that is full", "Free space on the server."},
    {"storage", "The server can't keep or find a content.", "a folder without rights", "Look at the server's log and at its folder."},
};

static const nf_code_text objects[] = {
    {"OBJ_GONE", "The object no longer exists, or the user may no longer see it.", "an order that the office deleted", "Nothing: it has left the device."},
    {"OBJ_NO_ACCESS", "The user may not change objects of this entity.", "a clerk changes a price", "Give the role the right."},
    {"OBJ_CREATE_DENIED", "The user may not create objects of this entity.", "a clerk creates a price", "Give the role the right."},
    {"OBJ_DELETE_DENIED", "The user may not delete the object.", "a clerk deletes a customer", "Give the role the right."},
    {"OBJ_DELETE_BLOCKED", "The delete behaviour of an association prevents the deletion.", "a customer with orders", "Delete the associated objects first."},
    {"OBJ_MEMBER_ACCESS", "The user may not change one of the members.", "a read-only level", "Give the role the right."},
    {"OBJ_EVENT_FALSE", "An event handler of the entity returned false.", "an order that is blocked", "See what the handler asks for."},
    {"OBJ_EVENT_ERROR", "An event handler of the entity ended with an error.", "a handler that divides by a number of zero", "Handle the error in the microflow, or correct the values."},
    {"OBJ_VALIDATION", "A validation rule refused the object.", "an empty required attribute", "Correct the value and send it again."},
    {"OBJ_UNIQUE", "Another object has the same value where it must be unique.", "two customers with one code", "Choose another value."},
    {"OBJ_VALUE", "A value does not fit its attribute.", "a text that is too long", "Correct the value."},
    {"OBJ_DANGLING", "The object refers to one that the server does not have.", "a line whose order was not sent", "Synchronize both."},
    {"OBJ_FILE_MISSING", "The contents of a file object did not arrive.", "a photo without its file", "Send it again."},
    {"OBJ_UNKNOWN_ENTITY", "The server's app does not have this entity.", "an older server", "Update the server's app."},
    {"OBJ_UNKNOWN_MEMBER", "The server's app does not have this member.", "an older server", "Update the server's app."},
    {"OBJ_ONLINE", "Objects of an online entity are not synchronized.", "a price whose mode is Online", "Change it on the server."},
};
/* clang-format on */

const nf_code_family nf_codes_constraints = {
    "Constraints (XPath)",
    "Findings of `check`, errors of `query`, and the `detail` of an "
    "`xpath_error`. Studio Pro calls all of them CE0161.",
    constraints, sizeof constraints / sizeof *constraints};
const nf_code_family nf_codes_offline = {
    "Offline use",
    "Findings of `check` about the model and its offline profiles.", offline,
    sizeof offline / sizeof *offline};
const nf_code_family nf_codes_synchronize = {
    "Synchronization", "Errors of Synchronize, of `sync` and of the server.",
    synchronize, sizeof synchronize / sizeof *synchronize};
const nf_code_family nf_codes_objects = {
    "Outcomes of single objects",
    "Why the server refused an object: in the output of `sync`, in the text of "
    "SYNC_PARTIAL, and the first word of Reason in "
    "System.SynchronizationError.",
    objects, sizeof objects / sizeof *objects};
