# Scenarios: folders with test.sh below tests/scenarios/AREA and tests/faults,
# run from outside through the program.
find_program(BASH bash REQUIRED)
file(GLOB scenarios CONFIGURE_DEPENDS scenarios/*/*/test.sh)
list(FILTER scenarios EXCLUDE REGEX "/acceptance/")
if(NOT NF_HTTP_SERVER)
  list(FILTER scenarios EXCLUDE REGEX "scenarios/serve/")
endif()
# Types on a terminal (terminal.c).
add_executable(scenario_terminal scenarios/terminal.c)
target_compile_definitions(scenario_terminal PRIVATE _DEFAULT_SOURCE)
foreach(script ${scenarios})
  get_filename_component(folder ${script} DIRECTORY)
  file(RELATIVE_PATH name ${CMAKE_CURRENT_SOURCE_DIR}/scenarios ${folder})
  add_test(NAME scenario/${name}
    COMMAND ${BASH} ${CMAKE_CURRENT_SOURCE_DIR}/scenarios/run.sh ${folder})
  set_tests_properties(scenario/${name} PROPERTIES SKIP_RETURN_CODE 77
    ENVIRONMENT "NANOFLOW=$<TARGET_FILE:nanoflow-cli>;TERMINAL=$<TARGET_FILE:scenario_terminal>")
  # Synchronization is the same when the server is another process.
  if(NF_HTTP_SERVER AND name MATCHES "^synchronize/")
    add_test(NAME scenario/${name}/http
      COMMAND ${BASH} ${CMAKE_CURRENT_SOURCE_DIR}/scenarios/run.sh ${folder})
    set_tests_properties(scenario/${name}/http PROPERTIES
      ENVIRONMENT "NANOFLOW=$<TARGET_FILE:nanoflow-cli>;TRANSPORT=http")
  endif()
endforeach()

file(GLOB faults CONFIGURE_DEPENDS faults/*.sh)
foreach(script ${faults})
  get_filename_component(name ${script} NAME_WE)
  if(name STREQUAL soak OR
      (name MATCHES "^(devices|million|connections)$" AND NOT NF_HTTP_SERVER))
    continue()
  endif()
  set(amounts)
  if(name STREQUAL network AND NOT (NF_ASAN OR NF_TSAN))
    set(amounts 200 100) # half of them over HTTP
  endif()
  if(name STREQUAL million AND (NF_ASAN OR NF_TSAN))
    set(amounts 5000 1000) # what a sanitizer keeps is no measure
  endif()
  if(name STREQUAL devices AND (NF_ASAN OR NF_TSAN))
    set(amounts 50 200)
  endif()
  add_test(NAME faults/${name} COMMAND ${BASH} ${script} ${amounts})
  set_tests_properties(faults/${name} PROPERTIES
    ENVIRONMENT "NANOFLOW=$<TARGET_FILE:nanoflow-cli>;SOURCE=${CMAKE_SOURCE_DIR};MEASURE=$<TARGET_FILE:faults_measure>;CROWD=$<TARGET_FILE:faults_connections>")
endforeach()
# Many processes: on a busy machine they take long.
set_tests_properties(faults/network PROPERTIES TIMEOUT 1200)
if(TEST faults/devices)
  set_tests_properties(faults/devices PROPERTIES TIMEOUT 1200)
endif()
if(TEST faults/connections AND (NF_ASAN OR NF_TSAN))
  set_property(TEST faults/connections APPEND PROPERTY
    ENVIRONMENT MEMORY=4000)
endif()
add_executable(faults_measure faults/measure.c)
add_executable(faults_connections faults/connections.c)
find_package(Threads REQUIRED)
add_executable(faults_sessions faults/sessions.c)
target_link_libraries(faults_sessions PRIVATE nanoflow Threads::Threads)

# The acceptance scenarios of synchronize §29, once per transport.
add_executable(acceptance_matrix scenarios/acceptance/matrix/matrix.c
  scenarios/acceptance/matrix/world.c)
target_link_libraries(acceptance_matrix PRIVATE nanoflow)
add_executable(acceptance_host scenarios/acceptance/host/host.c)
target_link_libraries(acceptance_host PRIVATE nanoflow)
add_executable(acceptance_during scenarios/acceptance/counted/during.c)
target_link_libraries(acceptance_during PRIVATE nanoflow)
add_executable(acceptance_random scenarios/acceptance/random/random.c)
target_link_libraries(acceptance_random PRIVATE nanoflow)
file(GLOB acceptance CONFIGURE_DEPENDS scenarios/acceptance/*/test.sh)
foreach(script ${acceptance})
  get_filename_component(folder ${script} DIRECTORY)
  get_filename_component(group ${folder} NAME)
  foreach(transport local http)
    set(name scenario/acceptance/${group}/${transport})
    add_test(NAME ${name}
      COMMAND ${BASH} ${CMAKE_CURRENT_SOURCE_DIR}/scenarios/run.sh ${folder})
    set_tests_properties(${name} PROPERTIES ENVIRONMENT
      "NANOFLOW=$<TARGET_FILE:nanoflow-cli>;MATRIX=$<TARGET_FILE:acceptance_matrix>;HOST=$<TARGET_FILE:acceptance_host>;DURING=$<TARGET_FILE:acceptance_during>;RANDOM_STORIES=$<TARGET_FILE:acceptance_random>;TRANSPORT=${transport}")
  endforeach()
endforeach()
# Each numbered statement has a test that names it.
add_test(NAME statements COMMAND ${BASH}
  ${CMAKE_CURRENT_SOURCE_DIR}/statements/statements.sh)

# Sweeps of faults, in process and through the public header alone.
add_executable(faults_sweep faults/sweep/sweep.c)
target_link_libraries(faults_sweep PRIVATE nanoflow)
if(NF_ASAN OR NF_TSAN) # several times slower: fewer of each
  set(pairs 60)
  set(http_pairs 6)
  set(http_scenarios all)
  set(tries 4)
else() # of "flow" a fifth: together 1050, and 105 over HTTP
  set(pairs 250)
  set(http_pairs 25)
  set(http_scenarios first all unsynchronized selected flow)
  set(tries 16)
endif()
foreach(scenario first all unsynchronized selected flow)
  set(extent)
  if((NF_ASAN OR NF_TSAN) AND NOT scenario STREQUAL all)
    set(extent 20260401 few) # "all" is the one that tries every one there, too
  endif()
  add_test(NAME faults/sweep/${scenario} COMMAND faults_sweep
    ${CMAKE_CURRENT_SOURCE_DIR}/faults/sweep ${scenario} ${pairs} ${extent})
endforeach()
if(NF_HTTP_SERVER)
  foreach(scenario ${http_scenarios})
    add_test(NAME faults/sweep/${scenario}/http COMMAND faults_sweep
      ${CMAKE_CURRENT_SOURCE_DIR}/faults/sweep ${scenario} ${http_pairs}
      20260401 http)
  endforeach()
endif()

# Every allocation fails once: those of nanoflow, and those of the libraries below it
# (with sanitizers, of SQLite).
if(NF_ASAN OR NF_TSAN)
  set(failing_libraries faults/memory/failing_sqlite.c)
else()
  set(failing_libraries faults/memory/failing_everywhere.c)
endif()
add_library(faults_failing OBJECT faults/memory/failing.c ${failing_libraries})
function(nf_failing_test name)
  add_executable(${name} ${ARGN} $<TARGET_OBJECTS:faults_failing>)
  target_link_libraries(${name} PRIVATE nanoflow)
  target_link_options(${name} PRIVATE
    -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc)
endfunction()
nf_failing_test(faults_memory_describe faults/memory/describe.c)
add_test(NAME faults/memory-describe COMMAND faults_memory_describe
  ${CMAKE_SOURCE_DIR}/examples/field-service/app.xml FieldService
  entity:FieldService.WorkOrder FieldService.ACT_CompleteWorkOrder)
if(NOT NF_ASAN AND NOT NF_TSAN) # which need more addresses than may be limited
  add_test(NAME faults/addresses COMMAND ${BASH}
    ${CMAKE_CURRENT_SOURCE_DIR}/faults/memory/addresses.sh
    $<TARGET_FILE:nanoflow-cli> ${CMAKE_SOURCE_DIR})
endif()
nf_failing_test(faults_memory faults/memory/memory.c)
add_test(NAME faults/memory COMMAND faults_memory
  ${CMAKE_CURRENT_SOURCE_DIR}/faults/sweep ${tries})

if(TARGET nanoflow-javascript)
  nf_failing_test(faults_scripts faults/memory/scripts.c)
  add_dependencies(faults_scripts nanoflow-javascript)
  add_test(NAME faults/scripts COMMAND faults_scripts
    ${CMAKE_CURRENT_SOURCE_DIR}/scenarios/activities/model.xml)
  set_tests_properties(faults/scripts PROPERTIES ENVIRONMENT
    "NANOFLOW_JAVASCRIPT=$<TARGET_FILE:nanoflow-javascript>")
endif()

# … and every function of the header.
nf_failing_test(faults_functions faults/memory/functions.c
  faults/memory/app_cases.c faults/memory/session_cases.c faults/memory/debug_cases.c
  faults/memory/data_cases.c)
if(NF_ASAN OR NF_TSAN)
  set(function_tries 6)
else()
  set(function_tries 12)
endif()
add_test(NAME faults/functions COMMAND faults_functions
  ${CMAKE_CURRENT_SOURCE_DIR}/faults/sweep ${function_tries})
add_test(NAME faults/functions-covered COMMAND ${BASH}
  ${CMAKE_CURRENT_SOURCE_DIR}/faults/memory/covered.sh ${CMAKE_SOURCE_DIR})

# The public header stands alone, in C and in C++ (style H9).
include(CheckLanguage)
function(header_test name)
  add_executable(header_${name} header/${name}.c)
  target_link_libraries(header_${name} PRIVATE nanoflow)
  target_compile_options(header_${name} PRIVATE -Wall -Wextra -pedantic -Werror)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  add_test(NAME header/${name} COMMAND header_${name} ${ARGN})
endfunction()
header_test(example scenarios/program/model.xml)
header_test(host scenarios/program/model.xml scenarios/program/mocks/model.xml)
header_test(background scenarios/device/model.xml)
header_test(calls scenarios/acceptance/microflows/model.xml)
header_test(parts bench/association/association.xml)
header_test(world header/world.xml)
header_test(loop scenarios/program/mocks/model.xml)
header_test(look ../examples/field-service/app.xml)
add_executable(header_locale header/locale.c)
target_link_libraries(header_locale PRIVATE nanoflow)
target_compile_options(header_locale PRIVATE -Wall -Wextra -pedantic -Werror)
add_test(NAME header/locale COMMAND ${BASH}
  ${CMAKE_CURRENT_SOURCE_DIR}/header/locale.sh $<TARGET_FILE:header_locale>
  ${CMAKE_CURRENT_SOURCE_DIR}/scenarios/program/model.xml)
set_tests_properties(header/locale PROPERTIES SKIP_RETURN_CODE 77)
check_language(CXX)
if(CMAKE_CXX_COMPILER)
  add_test(NAME header/cxx COMMAND ${CMAKE_CXX_COMPILER} -fsyntax-only -Wall
    -Wextra -pedantic -Werror -x c++ ${CMAKE_SOURCE_DIR}/include/nanoflow.h
    -I${CMAKE_SOURCE_DIR}/include)
  set_tests_properties(header/cxx PROPERTIES
    FAIL_REGULAR_EXPRESSION "error:")
endif()

# Files that would do harm: refused with one line, within bounds.
add_executable(faults_hostile faults/hostile/hostile.c
  faults/hostile/hostile_mpk.c faults/hostile/hostile_mpr.c
  faults/hostile/hostile_text.c)
target_link_libraries(faults_hostile PRIVATE PkgConfig::DEPS zip)
add_test(NAME faults/hostile COMMAND faults_hostile
  $<TARGET_FILE:nanoflow-cli>)

if(NF_POSTGRES)
  include(postgres/postgres.cmake)
endif()
