# Tests that read real apps; skipped where there are none. NF_CORPUS (in the
# environment) names their folder.
add_executable(corpus_tests
  corpus/main.c corpus/files.c corpus/count.c corpus/list.c corpus/check.c
  corpus/flows.c corpus/convert.c corpus/describe.c corpus/smoke.c
  unit/analysis/helper_describe_all.c)
target_include_directories(corpus_tests PRIVATE ${CMAKE_SOURCE_DIR}/tests)
target_link_libraries(corpus_tests PRIVATE nanoflow PkgConfig::LIBXML)
target_compile_definitions(corpus_tests PRIVATE
  NF_DEFAULT_CORPUS="${CMAKE_SOURCE_DIR}/../shared/corpus")
foreach(part list check flows convert describe smoke)
  add_test(NAME corpus/${part} COMMAND corpus_tests ${part})
  set_tests_properties(corpus/${part} PROPERTIES SKIP_RETURN_CODE 77)
endforeach()

find_program(BASH bash REQUIRED)
add_test(NAME corpus/javascript
  COMMAND ${BASH} ${CMAKE_CURRENT_SOURCE_DIR}/corpus/javascript.sh)
set_tests_properties(corpus/javascript PROPERTIES SKIP_RETURN_CODE 77
  ENVIRONMENT "NANOFLOW=$<TARGET_FILE:nanoflow-cli>")
